// Loaded before a worker: its clock is wrong by CLOCK_OFFSET_MS, as after a mistake with time zones.

const offsetMs = Number(process.env.CLOCK_OFFSET_MS ?? 0)
const TrueDate = globalThis.Date

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, given: unknown[], self) =>
    Reflect.construct(target, given.length === 0 ? [target.now() + offsetMs] : given, self),
  apply: (target) => new target(target.now() + offsetMs).toString(),
  get: (target, key, self) => (key === 'now' ? () => target.now() + offsetMs : Reflect.get(target, key, self)),
})
