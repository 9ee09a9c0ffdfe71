import express from 'express';

const models = { split: (text) => text.split(' '), large: null }; // null: not loaded yet
const app = express().use(express.json({ limit: '64mb' })); // the default is 100 kB

app.post('/', (request, response) => {
  const { text, model = 'split' } = request.body;
  if (models[model] === null) response.status(503).set('Retry-After', '5').end();
  else response.json({ words: models[model](text) });
});
app.listen(process.argv[2]); // a path or a port
