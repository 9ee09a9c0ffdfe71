import type { Option } from '../command/usage.ts';

/** The options of `ui`. */
export const UI_OPTIONS = {
  listen: {
    type: 'string',
    value: 'ADDRESS',
    doc: `Listens on HOST:PORT, 127.0.0.1:8090 by default. Port 0 lets the operating system
      choose.`,
  },
  sidecars: {
    type: 'string',
    value: 'ADDRESS',
    multiple: true,
    takesMany: true,
    doc: `The sidecars, as the command tail takes them: HOST, HOST:PORT or :PORT. A host name
      that resolves to several addresses means all of them.`,
  },
  'hops-token-file': {
    type: 'string',
    value: 'FILE',
    doc: 'A file with the bearer token of the sidecars, read at each connection.',
  },
  traces: {
    type: 'string',
    value: 'FILE',
    multiple: true,
    takesMany: true,
    doc: `Files of spans, as the command trace reads them. They are followed as they grow. A
      pattern in quotes, such as 'traces/*.jsonl', also means files that appear later.`,
  },
  'read-only': { type: 'boolean', doc: 'Refuses each request that changes a queue.' },
  'archive-folder': {
    type: 'string',
    value: 'FOLDER',
    doc: `The folder for the archives of discarded messages. Default: the working directory.`,
  },
  'token-file': {
    type: 'string',
    value: 'FILE',
    doc: `A file with the token of the page: at least 16 printable characters without spaces. It
      is not printed.`,
  },
  'tls-cert': { type: 'string', value: 'FILE', doc: 'The certificate (PEM) for HTTPS.' },
  'tls-key': { type: 'string', value: 'FILE', doc: 'The key (PEM) of the certificate.' },
  'behind-proxy': {
    type: 'boolean',
    doc: `A proxy receives the requests of the browsers over HTTPS. It must accept requests for
      its own names only, unless --origin is given.`,
  },
  origin: {
    type: 'string',
    value: 'URL',
    doc: `The address that browsers open, such as https://asya.example.com, if it is not that of
      --listen.`,
  },
  jaeger: { type: 'string', value: 'URL', doc: 'Links journeys to Jaeger.' },
  tempo: { type: 'string', value: 'URL', doc: "Links traces to Tempo's HTTP API." },
  grafana: {
    type: 'string',
    value: 'URL',
    doc: 'Links journeys to the dashboard Journeys and to Explore in Grafana.',
  },
  'tempo-uid': {
    type: 'string',
    value: 'UID',
    doc: 'The uid of the Tempo data source in Grafana, for links to Explore. Default: tempo.',
  },
} as const satisfies Readonly<Record<string, Option>>;
