export { createEngine, type Engine, openPlannerHere } from './engine.ts'
