import { httpUrl, json } from '@steinmetz/kernel/config'
import { z } from 'zod'

const urls = z
  .string()
  .transform((text) => text.split(',').map((url) => url.trim()))
  .refine((list) => list.every((url) => httpUrl.safeParse(url).success), 'is not a list of http or https URLs')
  .describe('URLs with a comma between them, such as https://uplink.api.apollographql.com/')

/** What a gateway is told of Apollo Studio, under the names that Apollo's own programs read. */
export const studioSettings = {
  APOLLO_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{8,}$/, 'is no API key')
    .describe('an API key of the graph in Apollo Studio')
    .optional(),
  APOLLO_GRAPH_REF: z
    .string()
    .regex(/^[\w-]+@[\w.-]+$/, 'is no graph ref')
    .describe('the graph and its variant, such as erp-steinmetz@current')
    .optional(),
  APOLLO_UPLINK_ENDPOINTS: urls.optional(),
  APOLLO_SCHEMA_CONFIG_DELIVERY_ENDPOINT: urls.optional(),
  APOLLO_USAGE_REPORTING_INGRESS_URL: httpUrl.describe('where reports of usage are sent').optional(),
  APOLLO_USAGE_REPORTING: z
    .enum(['on', 'off'], 'is neither on nor off')
    .describe('on or off: whether usage is reported')
    .default('on'),
  APOLLO_TRACE_SHARE: json(z.number('is not a number').min(0, 'is less than 0').max(1, 'is more than 1'))
    .describe('the share of requests that are traced, from 0 to 1')
    .default(0.01),
  SUPERGRAPH_CACHE: z.string().describe('the path of a file for the last supergraph of Apollo Uplink').optional(),
}

type Settings = z.output<z.ZodObject<typeof studioSettings>>

/** Apollo Studio as it is configured, or undefined where it is not. */
export function studioOf(given: Settings) {
  if (!given.APOLLO_KEY || !given.APOLLO_GRAPH_REF) return undefined
  return {
    key: given.APOLLO_KEY,
    graphRef: given.APOLLO_GRAPH_REF,
    uplinkEndpoints: given.APOLLO_UPLINK_ENDPOINTS ?? given.APOLLO_SCHEMA_CONFIG_DELIVERY_ENDPOINT,
    reportsUsage: given.APOLLO_USAGE_REPORTING === 'on',
    traceShare: given.APOLLO_TRACE_SHARE,
    // Apollo's router is told the whole address, the library adds the path by itself.
    ingressUrl: given.APOLLO_USAGE_REPORTING_INGRESS_URL?.replace(/\/api\/ingress\/traces\/?$/, ''),
  }
}
