import { bundle } from '../../tsup.base.ts'

export default bundle({
  index: 'src/index.ts',
  simulation: 'src/simulation.ts',
  'child-launcher': 'src/children/launcher-process.ts',
  'persisting-child': 'src/persistence/persisting-child.ts',
})
