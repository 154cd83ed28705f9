/** For the removal of a file that may be gone already. @throws every error but ENOENT */
export function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
