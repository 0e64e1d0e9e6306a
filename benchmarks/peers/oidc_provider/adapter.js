// oidc-provider's models in one PostgreSQL table, each change durable before it answers.
import pg from "pg";

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 });

export async function createTable() {
  await pool.query(`CREATE TABLE IF NOT EXISTS payloads (
    id text NOT NULL, type text NOT NULL, payload jsonb NOT NULL, grant_id text, user_code text, uid text,
    expires_at timestamptz, consumed_at timestamptz, PRIMARY KEY (id, type))`);
  for (const column of ["grant_id", "user_code", "uid"]) {
    await pool.query(`CREATE INDEX IF NOT EXISTS payloads_${column} ON payloads (${column}) WHERE ${column} IS NOT NULL`);
  }
}

const found = (row) => row && { ...row.payload, ...(row.consumed_at ? { consumed: true } : undefined) };

export class PostgresAdapter {
  constructor(type) {
    this.type = type;
  }

  async upsert(id, payload, expiresIn) {
    const expires = expiresIn ? new Date(Date.now() + expiresIn * 1000) : null;
    await pool.query({
      name: "upsert",
      text: `INSERT INTO payloads (id, type, payload, grant_id, user_code, uid, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id, type) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at`,
      values: [id, this.type, payload, payload.grantId, payload.userCode, payload.uid, expires],
    });
  }

  async #first(column, value) {
    const text = `SELECT payload, consumed_at FROM payloads WHERE ${column} = $1 AND type = $2
      AND (expires_at IS NULL OR expires_at > now())`;
    const { rows } = await pool.query({ name: `find-${column}`, text, values: [value, this.type] });
    return found(rows[0]);
  }

  find(id) {
    return this.#first("id", id);
  }

  findByUid(uid) {
    return this.#first("uid", uid);
  }

  findByUserCode(userCode) {
    return this.#first("user_code", userCode);
  }

  async destroy(id) {
    await pool.query({
      name: "destroy", text: "DELETE FROM payloads WHERE id = $1 AND type = $2", values: [id, this.type],
    });
  }

  async consume(id) {
    const text = "UPDATE payloads SET consumed_at = now() WHERE id = $1 AND type = $2";
    await pool.query({ name: "consume", text, values: [id, this.type] });
  }

  async revokeByGrantId(grantId) {
    await pool.query("DELETE FROM payloads WHERE grant_id = $1", [grantId]);
  }
}
