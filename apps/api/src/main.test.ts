/** What a person does at a terminal: the binary, and README's examples as they stand there. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { BIN, killAll, startApi } from './testing/api-binary.ts';
import { freePort } from './testing/free-port.ts';
import { post, queuedTexts } from './testing/served.ts';
import { until } from './testing/until.ts';

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'otzyv-api-main-'));
beforeAll(() => cpSync(inject('trainedRun'), join(folder, 'runs/first'), { recursive: true }));
afterEach(killAll);
afterAll(() => rm(folder, { recursive: true }));

describe('README', () => {
  const readme = readFileSync(join(PACKAGE, '../../README.md'), 'utf8');
  const [, section = ''] = /\n## Behind HTTP\n(.+?)\n## /s.exec(readme) ?? [];
  const blocks = (language: string) =>
    [...section.matchAll(/```(\w+)\n(.+?)```/gs)]
      .filter(([, of]) => of === language)
      .map(([, , code]) => code!);
  const [start = '', ...examples] = blocks('sh').filter((code) => !code.startsWith('npx otzyv ')); // the CLI's tests run those
  const [, flags = ''] = /^npx otzyv-api (.+?) *#/.exec(start) ?? [];

  test('commands do what it says', async () => {
    const api = startApi([...flags.split(' '), '--port', '0'], folder);
    const { port } = new URL(await api.ready);
    const portWithKeys = String(await freePort());
    const [one, many, models, trainings, batch, feedback, keys, ...others] = examples.map((code) =>
      code
        .replaceAll('npx otzyv-api --', `${process.execPath} ${BIN} --port ${portWithKeys} --`)
        .replaceAll('npx otzyv-api', `${process.execPath} ${BIN}`),
    );
    expect(others).toEqual([]);
    const shell = async (code: string, at = port) =>
      (await run('bash', ['-ec', code.replaceAll(':8000', `:${at}`)], { cwd: folder })).stdout;
    expect(JSON.parse(await shell(one!)).predictions[0].scores).toHaveLength(3);
    expect(JSON.parse(await shell(many!)).predictions).toMatchObject([
      { label: expect.any(String) },
      { label: 'не уверен', guess: expect.any(String) },
    ]);
    const described = await shell(models!);
    for (const part of ['"object":"list"', '"f1_weighted":0.', 'otzyv_answers_total'])
      expect(described).toContain(part);
    const told = await shell(trainings!);
    for (const part of ['"id":"first","object":"run","status":"finished"', '"type":"run.finished"'])
      expect(told).toContain(part);
    writeFileSync(join(folder, 'test.csv'), 'text\nКуртка тёплая\nЧайник не греет\n');
    expect(JSON.parse(await shell(batch!))).toMatchObject({ object: 'batch', file: { rows: 2 } });
    expect(readFileSync(join(folder, 'labelled.csv'), 'utf8')).toMatch(
      /^text,label,confidence\nКуртка тёплая,.+,0\.\d{6}\nЧайник не греет,.+,0\.\d{6}\n$/,
    );
    const { created_at: at } = JSON.parse(await shell(feedback!));
    expect(Math.abs(Date.now() - Date.parse(at))).toBeLessThan(60_000);
    const statuses = () => api.log.filter(({ msg }) => msg === 'request').map(({ status }) => status);
    await until(() => statuses().includes(201)); // lines come after their answers
    // 409: the batch was not finished yet
    const answered = statuses().filter((status) => status !== 409);
    expect(answered).toEqual([200, 200, 200, 200, 200, 200, 200, 202, 200, 200, 201]);

    const withKeys = await shell(`trap 'kill %1' EXIT\n${keys}`, portWithKeys);
    expect(withKeys).toContain('"predictions":[{"label":"');
    api.process.kill('SIGTERM');
    await api.ended;
  });

  test('the TypeScript compiles, and prints what the server answers', async () => {
    const api = startApi(['--model', 'runs/first', '--port', '0'], folder);
    const url = await api.ready;
    const [code = ''] = blocks('ts');
    const scratch = join(PACKAGE, '.scratch'); // where its import is found
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(scratch, 'readme.mts'), code);
    writeFileSync(join(scratch, 'readme.mjs'), code.replace('http://127.0.0.1:8000', url));
    const config = {
      extends: '../tsconfig.test.json',
      compilerOptions: { types: ['node'] },
      files: ['readme.mts'],
    };
    writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify({ ...config, include: [] }));
    await run('npx', ['tsc', '-p', scratch], { cwd: PACKAGE });
    const { stdout } = await run(process.execPath, [join(scratch, 'readme.mjs')]);
    expect(stdout).toMatch(/^одежда 0\.\d+\n.+ 0\.\d+\n$/);
    await rm(scratch, { recursive: true });
    api.process.kill('SIGTERM');
    await api.ended;
  });
});

const HELD = 'придержать';
const held = Array.from({ length: 40 }, (_, i) => `Куртка тёплая ${i}, ${HELD}`);

test('SIGTERM under load loses nothing: what the server took in is answered, rightly, and it ends with 0', async () => {
  const unhurried = startApi(['--model', 'runs/first', '--port', '0'], folder);
  const right = (await post(`${await unhurried.ready}/v1/predict`, { texts: held })).body as object;
  unhurried.process.kill('SIGTERM');

  const api = startApi(['--model', 'runs/first', '--port', '0'], folder, HELD);
  const url = await api.ready;
  const asked = Array.from({ length: 8 }, () => post(`${url}/v1/predict`, { texts: held }));
  await until(async () => (await queuedTexts(url)) >= 8 * held.length);
  api.process.kill('SIGTERM');
  await api.logged(/closing/);
  await until(() =>
    fetch(`${url}/healthz`).then(
      () => false,
      () => true,
    ),
  );
  api.process.kill('SIGUSR2');
  for (const answer of await Promise.all(asked))
    expect(answer).toMatchObject({ status: 200, body: { ...right, elapsed_ms: expect.any(Number) } });
  expect(await api.ended).toMatchObject({ code: 0, stderr: '' });
  expect(api.log.filter(({ route }) => route === '/v1/predict').map(({ status }) => status)).toEqual(
    asked.map(() => 200),
  );
});

test.each([
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
] as const)('after %s, %s ends it at once', async (first, second) => {
  const api = startApi(['--model', 'runs/first', '--port', '0'], folder, HELD);
  const url = await api.ready;
  const asked = post(`${url}/v1/predict`, { texts: held }).catch(() => 'lost');
  await until(async () => (await queuedTexts(url)) >= held.length);
  api.process.kill(first);
  await api.logged(/closing/);
  api.process.kill(second);
  expect(await api.ended).toMatchObject({ code: null, signal: second });
  expect(await asked).toBe('lost');
});

test('a key is added to a file whose folder is not there yet, and only its owner can read it', async () => {
  const file = join(folder, 'secrets/api/keys.json');
  const { stdout } = await run(process.execPath, [BIN, 'keys', 'add', 'shop', '--keys', file]);
  expect(stdout).toMatch(/^otzyv_/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each([
  ['no model', [], 'options.missing'],
  ['a model that is none', ['--model', 'nothing-here'], /^(model|hub)\./],
  ['the world without keys', ['--model', 'runs/first', '--host', '0.0.0.0'], 'options.keys'],
  [
    'feedback into what is no database',
    ['--model', 'runs/first', '--feedback', 'runs/first/run.json'],
    'data.not-a-database',
  ],
  [
    'feedback into a database that is not there',
    ['--model', 'runs/first', '--feedback', 'postgres://otzyv@127.0.0.1:1/otzyv'],
    'options.database',
  ],
  ['one name twice', ['--model', 'runs/first', '--model', 'runs/first/best'], 'options.twice'],
  ['half a worker', ['--model', 'runs/first', '--workers', '0.5'], 'options.usage'],
  ['a port that is none', ['--model', 'runs/first', '--port', '70000'], 'options.usage'],
  ['an empty wait', ['--model', 'runs/first', '--max-wait-ms', ''], 'options.usage'],
  ['a wait for ever', ['--model', 'runs/first', '--max-wait-ms', '99999999999'], 'options.usage'],
  ['a time that no timer holds', ['--model', 'runs/first', '--timeout-seconds', '3e6'], 'options.usage'],
  ['a log level that is none', ['--model', 'runs/first', '--log-level', 'loud'], 'options.usage'],
  ['keys in what is no folder', ['keys', 'add', 'x', '--keys', 'runs/first/run.json/keys'], 'options.keys'],
  ['an unknown flag', ['--modle', 'runs/first'], 'options.usage'],
])('%s: told in three lines, and ended with 2', async (_, args, code) => {
  const { code: exit, stderr } = await startApi(args, folder).ended;
  const [, found = ''] = /^error .+\n help .+\n code (.+)\n$/.exec(stderr) ?? [];
  expect(found, stderr).toMatch(code);
  expect(exit).toBe(2);
});
