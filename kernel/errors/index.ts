export { type DescribedError, describeError } from './describe.ts'
export {
  Bug,
  bug,
  Conflict,
  conflict,
  type Facts,
  Fault,
  fault,
  notFound,
  Refusal,
  refuse,
  SteinmetzError,
} from './kinds.ts'
