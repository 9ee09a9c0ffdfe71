import { render } from 'preact';
import { App } from './app/App.tsx';

const page = document.getElementById('page');
if (page !== null) render(<App />, page);
