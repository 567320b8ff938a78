import { describe, expect, it } from 'vitest'
import { parseChangelog } from './changelog.ts'

const parse = (text: string) => parseChangelog('prisma/hr/changelog/0001.sql', text, { service: 'hr_service' })

describe('a changelog', () => {
  it('is cut into changesets with their SQL and their rollback, its parameters filled in', () => {
    const changesets = parse(`--liquibase formatted sql

-- Employees.

--changeset steinmetz:0001-employee splitStatements:false
--comment: who works here
create table employee (id int);
grant select on employee to \${service};
--rollback revoke select on employee from \${service};
--rollback drop table employee;

--changeset steinmetz:0001-nothing-back
select 1;
--rollback empty

--changeset steinmetz:0001-unsaid
select 2;
`)
    expect(changesets.map(({ id, line, comment }) => ({ id, line, comment }))).toEqual([
      { id: '0001-employee', line: 5, comment: 'who works here' },
      { id: '0001-nothing-back', line: 12, comment: '' },
      { id: '0001-unsaid', line: 16, comment: '' },
    ])
    expect(changesets[0]?.sql).toContain('grant select on employee to hr_service;')
    expect(changesets[0]?.sql).not.toContain('rollback')
    expect(changesets.map(({ rollback }) => rollback)).toEqual([
      'revoke select on employee from hr_service;\ndrop table employee;',
      '',
      undefined,
    ])
  })

  it('has a checksum that an explanation does not change, and an edit does', () => {
    const checksum = (sql: string) => parse(`--liquibase formatted sql\n--changeset a:1\n${sql}`)[0]?.checksum
    const plain = checksum('create table t (id int);')
    expect(checksum('-- why there is a t\ncreate table t (id int);  \n\n')).toBe(plain)
    expect(checksum('create table t (id bigint);')).not.toBe(plain)
  })

  it.each([
    ['no header', 'create table t ();', ':1: the first line'],
    ['an empty changeset', '--liquibase formatted sql\n--changeset a:1\n-- nothing\n', ':2: the changeset is empty'],
    [
      'two of one name',
      '--liquibase formatted sql\n--changeset a:1\nselect 1;\n--changeset a:1\nselect 2;',
      ':4: there are two',
    ],
    ['a changeset without a name', '--liquibase formatted sql\n--changeset steinmetz\nselect 1;', ':2: expected'],
    [
      'an unknown parameter',
      `--liquibase formatted sql\n--changeset a:1\nselect \${relay};`,
      `:2: the parameter \${relay}`,
    ],
    [
      'what we cannot keep: runAlways',
      '--liquibase formatted sql\n--changeset a:1 runAlways:true\nselect 1;',
      'runAlways:true',
    ],
    [
      'what we cannot keep: preconditions',
      '--liquibase formatted sql\n--changeset a:1\n--preconditions onFail:HALT\nselect 1;',
      'preconditions',
    ],
    [
      'SQL outside of a changeset',
      '--liquibase formatted sql\ndrop table t;\n--changeset a:1\nselect 1;',
      ':2: SQL before',
    ],
  ])('is refused, with file and line, for %s', (_, text, message) => {
    expect(() => parse(text)).toThrow(message)
    expect(() => parse(text)).toThrow('prisma/hr/changelog/0001.sql')
  })
})
