#!/usr/bin/env node
// npm links a program only if its file exists, and `dist` is built after the installation.
import '../dist/bin.js';
