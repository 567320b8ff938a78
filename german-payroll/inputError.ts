/** A payslip cannot be made of what was given: names the field and says what is wrong with it. */
export class InputError extends Error {
  readonly field: string
  readonly reason: string

  constructor(field: string, reason: string) {
    super(`${field} ${reason}`)
    this.name = 'InputError'
    this.field = field
    this.reason = reason
  }
}
