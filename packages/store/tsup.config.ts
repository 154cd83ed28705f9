import { bundle } from '../../tsup.base.ts'

export default bundle({
  index: 'src/index.ts',
  'persisting-child': 'src/persistence/persisting-child.ts',
})
