import {
  type Attributes,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { SteinmetzError } from '../errors/index.ts'
import { currentContext, withContext } from './context.ts'
import { continueTrace, parseTraceparent, traceparentOf } from './trace.ts'

export type SpanOptions = {
  /** Who is being answered, who is being asked, and what lies between. Default: internal. */
  readonly kind?: 'server' | 'client' | 'producer' | 'consumer' | 'internal'
  /** The `traceparent` that is continued. Default: that of the work that is running. */
  readonly parent?: string | null | undefined
  /** Names of things, codes and counts. Never an id of a person, never what a person typed. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** The spans of one process. */
export type Tracing = {
  /**
   * Runs `work` as one span: all it logs and calls continues the trace. A refusal is an outcome and no error;
   * anything else that is thrown marks the span.
   */
  span<Result>(name: string, options: SpanOptions, work: (traceparent: string) => Promise<Result>): Promise<Result>
  /** Sends what was not sent yet. */
  stop(): Promise<void>
}

/**
 * Traces a process. With `otlpUrl` spans are exported in batches by OTLP over HTTP; without it they are not
 * made, and the trace is only continued. There is no global tracer: several processes may share one Node.
 */
export function createTracing(service: string, otlpUrl?: string): Tracing {
  if (!otlpUrl) return continuedOnly
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': service, 'service.namespace': 'steinmetz' }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${otlpUrl.replace(/\/$/, '')}/v1/traces` }))],
  })
  const tracer = provider.getTracer('steinmetz')
  return {
    span: (name, options, work) => traced(tracer, name, options, work),
    stop: () => provider.shutdown(),
  }
}

const continuedOnly: Tracing = {
  span(_name, { parent }, work) {
    const next = continueTrace(parent ?? currentContext().traceparent)
    const traceparent = traceparentOf(next)
    return withContext({ traceId: next.traceId, traceparent }, () => work(traceparent))
  },
  stop: async () => {},
}

async function traced<Result>(
  tracer: Tracer,
  name: string,
  { kind = 'internal', parent, attributes = {} }: SpanOptions,
  work: (traceparent: string) => Promise<Result>,
): Promise<Result> {
  const caller = parseTraceparent(parent ?? currentContext().traceparent)
  const flags = caller?.sampled === false ? TraceFlags.NONE : TraceFlags.SAMPLED
  const within = caller
    ? trace.setSpanContext(ROOT_CONTEXT, { ...caller, traceFlags: flags, isRemote: true })
    : ROOT_CONTEXT
  const span = tracer.startSpan(name, { kind: kinds[kind], attributes: attributes as Attributes }, within)
  const { traceId, spanId, traceFlags } = span.spanContext()
  const traceparent = traceparentOf({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 })
  try {
    return await withContext({ traceId, traceparent }, () => work(traceparent))
  } catch (error) {
    const own = error instanceof SteinmetzError
    if (own) span.setAttribute('steinmetz.code', error.code)
    if (!own || error.kind !== 'refusal') span.setStatus({ code: SpanStatusCode.ERROR })
    throw error
  } finally {
    span.end()
  }
}

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
} as const
