import { spawnSync } from 'node:child_process'

/** Whether a program of Debian's redis packages is on this machine. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0
}
