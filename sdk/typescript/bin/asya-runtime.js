#!/usr/bin/env node
// npm links a program only if its file exists, and `dist` is built after the installation.
await import('../dist/bin.js');
