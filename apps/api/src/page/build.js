/** Bundles the page into dist/page: one script, one style sheet, one document. */
import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await mkdir(at('../../dist/page'), { recursive: true });
await build({
  input: at('main.tsx'),
  platform: 'browser',
  tsconfig: at('tsconfig.json'),
  output: { file: at('../../dist/page/page.js'), format: 'esm', minify: true },
  logLevel: 'warn',
  // a page that needs Node is not to be built
  onwarn: (warning) => {
    throw new Error(warning.message);
  },
});
for (const name of ['index.html', 'page.css']) await copyFile(at(name), at(`../../dist/page/${name}`));
