import pg from 'pg'

/** A small pool for a test. Its database may be dropped while a connection is still saying goodbye. */
export function poolOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 2 })
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', () => {})
  return pool
}
