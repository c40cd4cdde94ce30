/** The page at `/`: components are data in, view out; the server is asked through the typed client only. */
import { render } from 'preact';
import { App } from './app.tsx';

const place = document.getElementById('page');
if (place !== null) render(<App />, place);
