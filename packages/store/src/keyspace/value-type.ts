/** What a record's value is. Kept in the record's header; not a number of any file format. */
export const VALUE_TYPE_STRING = 0
