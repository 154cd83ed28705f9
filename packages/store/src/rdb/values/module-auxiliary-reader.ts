import { RdbFormatError } from '../rdb-errors.ts'
import { INCOMPLETE, type RdbInput } from '../rdb-input.ts'
import { RdbString } from '../rdb-string.ts'
import type { RdbValueReader } from '../rdb-value-reader.ts'

const MODULE_END = 0
const MODULE_SIGNED = 1
const MODULE_UNSIGNED = 2
const MODULE_FLOAT = 3
const MODULE_DOUBLE = 4
const MODULE_STRING = 5

/** Passes over what a module has saved beside the keys: nothing here can use it. */
export class ModuleAuxiliaryReader implements RdbValueReader {
  readonly types = []
  readonly #skipped = new RdbString()
  #isModuleIdRead = false

  read(input: RdbInput): boolean {
    if (!this.#isModuleIdRead) {
      if (!input.skipNumber()) return false
      this.#isModuleIdRead = true
      input.commit()
    }
    for (;;) {
      const kind = input.readLength()
      if (kind === INCOMPLETE) return false
      if (kind === MODULE_END) {
        this.#isModuleIdRead = false
        return true
      }
      if (!this.#skipItem(kind, input)) return false
      input.commit()
    }
  }

  #skipItem(kind: number, input: RdbInput): boolean {
    switch (kind) {
      case MODULE_SIGNED:
      case MODULE_UNSIGNED:
        return input.skipNumber()
      case MODULE_FLOAT:
        return input.skip(4)
      case MODULE_DOUBLE:
        return input.skip(8)
      case MODULE_STRING:
        return input.readString(this.#skipped)
      default:
        throw new RdbFormatError(`a module's data has the unknown kind ${kind}`, input.filePosition)
    }
  }
}
