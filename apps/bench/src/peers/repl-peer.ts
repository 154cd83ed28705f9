import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { connectClient, findFreePorts, replServerPath } from '@repl/harness'
import type { Peer } from './peer.ts'

/** This project's server, as it is built. */
export async function replPeer(): Promise<Peer> {
  const path = replServerPath()
  const { stdout } = await promisify(execFile)(process.execPath, [path, '--version'])
  return {
    name: 'repl-server',
    version: `${/\d+\.\d+\.\d+\S*/.exec(stdout)?.[0] ?? stdout.trim()} on Node.js ${process.versions.node}`,
    async start(workplace, name, durability, signal) {
      const port = (await findFreePorts(1))[0]!
      // Without --dir nothing is kept; the files of a synchronisation go to a temporary folder all the same.
      const keeping = durability === 'none' ? [] : ['--dir', await workplace.folder(name), '--appendfsync', durability]
      const args = [path, '--port', String(port), '--bind', '127.0.0.1', ...keeping]
      const server = await workplace.start(name, process.execPath, args)
      return { process: server, port, client: await connectClient({ server, port }, signal) }
    },
  }
}
