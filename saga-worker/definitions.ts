import { hireEmployee } from './sagas/hireEmployee.ts'

/** Every process across domains, each version of each: the table of contents of the business. */
export const sagas = [hireEmployee]
