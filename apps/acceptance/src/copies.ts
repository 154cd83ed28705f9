import { contentsOf, differences } from './contents.ts'
import { type NodeUnderTest, untilInStep } from './node-under-test.ts'

/** What two nodes hold at the same offset of the same history. */
export interface Comparison {
  readonly masterDigest: unknown
  readonly slaveDigest: unknown
  /** The first few keys that differ. */
  readonly differences: readonly string[]
}

/**
 * Compares everything that a slave holds with what its master holds. No client writes any more, but the master may
 * still delete what expires: then the comparison, which was not of one moment, is made again.
 */
export async function compareCopies(master: NodeUnderTest, slave: NodeUnderTest): Promise<Comparison> {
  for (;;) {
    await untilInStep(master, slave)
    const offset = await master.infoNumber('master_repl_offset')
    const comparison = {
      masterDigest: await master.client.call('DEBUG', 'DIGEST'),
      slaveDigest: await slave.client.call('DEBUG', 'DIGEST'),
      differences: differences(await contentsOf(master.client), await contentsOf(slave.client)),
    }
    const isOfOneMoment =
      (await master.infoNumber('master_repl_offset')) === offset &&
      (await slave.infoNumber('slave_read_repl_offset')) === offset
    if (isOfOneMoment) return comparison
  }
}
