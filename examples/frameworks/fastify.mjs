import fastify from 'fastify';

const app = fastify({ bodyLimit: 64 * 1024 * 1024 }); // the default is 1 MiB
const models = { split: (text) => text.split(' '), large: null }; // null: not loaded yet

app.post('/', async (request, reply) => {
  const { text, model = 'split' } = request.body;
  if (models[model] === null) return reply.code(503).header('retry-after', 5).send();
  return { words: models[model](text) };
});
const address = process.argv[2]; // a path or a port
await app.listen(address.includes('/') ? { path: address } : { port: Number(address) });
