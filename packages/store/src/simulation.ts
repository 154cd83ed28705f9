/** What a simulation of stores needs beside the store itself. Not for production. */
export { type DiskOperation, SimulatedDisk } from './disk/simulated-disk.ts'
export {
  isPersistingOrder,
  type PersistingChildReport,
  persistingFileName,
} from './persistence/persisting-child-report.ts'
export { loadSnapshot } from './persistence/snapshot-loader.ts'
export { CRC64_BYTES, Crc64 } from './rdb/crc64.ts'
export { DataSet } from './store/data-set.ts'
