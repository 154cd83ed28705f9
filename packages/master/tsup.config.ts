import { bundle } from '../../tsup.base.ts'

export default bundle({
  index: 'src/index.ts',
  simulation: 'src/simulation.ts',
  'sending-child': 'src/sending/sending-child.ts',
})
