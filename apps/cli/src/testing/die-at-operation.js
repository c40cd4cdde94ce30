// Loaded before the program (node --import): counts what it does to the file system, and dies, as by kill -9, at the
// operation that DIE_AT names. Of a write that hits, half reaches the file. Says at the end how many there were.
import fs, { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const dieAt = Number(process.env['DIE_AT'] ?? 0);
let operations = 0;

function dies(name, path) {
  operations++;
  if (operations !== dieAt) return false;
  writeSync(2, `died at operation ${operations}: ${name} ${typeof path === 'string' ? path : ''}\n`);
  return true;
}

function die() {
  process.kill(process.pid, 'SIGKILL');
}

function patch(object, name, change) {
  const original = object[name];
  object[name] = change(original);
}

for (const name of ['rename', 'link', 'copyFile', 'rm', 'rmdir', 'mkdir']) {
  patch(fs.promises, name, (original) => (path, ...rest) => {
    if (dies(name, path)) die();
    return original(path, ...rest);
  });
}

const probe = await fs.promises.open(process.execPath);
const handles = Object.getPrototypeOf(probe);
const write = handles.write;
await probe.close();

async function writeHalf(handle, content) {
  const chunks = [];
  if (typeof content === 'string' || ArrayBuffer.isView(content)) chunks.push(Buffer.from(content));
  else for await (const chunk of content) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  await write.call(handle, bytes.subarray(0, bytes.length / 2));
  die();
}

patch(fs.promises, 'writeFile', (original) => async (target, content, options) => {
  if (!dies('writeFile', target)) return original(target, content, options);
  if (typeof target !== 'string') return writeHalf(target, content);
  return writeHalf(await fs.promises.open(target, options?.flag ?? 'w'), content);
});
patch(
  handles,
  'writeFile',
  (original) =>
    function (content, ...rest) {
      return dies('write', '') ? writeHalf(this, content) : original.call(this, content, ...rest);
    },
);
patch(
  handles,
  'sync',
  (original) =>
    function () {
      if (dies('sync', '')) die();
      return original.call(this);
    },
);
patch(fs, 'appendFileSync', (original) => (path, line) => {
  if (!dies('append', path)) return original(path, line);
  original(path, line.slice(0, line.length / 2));
  die();
});
syncBuiltinESMExports();

process.on('exit', () => writeSync(2, `${operations} operations\n`));
