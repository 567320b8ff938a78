import { branches, type Cluster } from './cluster.ts'

/**
 * The tables of each branch, besides the kernel's: what was asked for, the effects of steps, decisions to be made.
 * Nothing in them keeps an effect from being there twice: that is for the idempotency keys to do.
 */
export async function createBranchTables({ query }: Cluster): Promise<void> {
  for (const branch of branches)
    await query(
      branch,
      `create table asked (tenant_id uuid not null default kernel.tenant(), subject uuid primary key, refuse text,
         verdict text);
       create table effect (tenant_id uuid not null default kernel.tenant(), id uuid primary key,
         process text not null, version int not null, subject uuid not null, step text not null, kind text not null);
       create table question (tenant_id uuid not null default kernel.tenant(), id uuid primary key,
         process text not null, subject uuid not null, verdict text not null, status text not null default 'OPEN');
       ${['asked', 'effect', 'question'].map((table) => guarded(table, `${branch}_service`)).join('\n')}`,
    )
}

const guarded = (table: string, service: string) => `
  alter table ${table} enable row level security;
  alter table ${table} force row level security;
  create policy tenant on ${table} to ${service} using (tenant_id = (select kernel.tenant()));
  grant select, insert, update on ${table} to ${service};`
