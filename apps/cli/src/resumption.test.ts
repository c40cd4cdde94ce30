import { expect, test } from 'vitest';
import { refuseOthers, resumeCommand } from './resumption.ts';

test('the command that goes on can be typed as it stands, whatever the folder is called', () => {
  expect(resumeCommand('train', 'runs/micro')).toBe('npx otzyv train --resume runs/micro');
  expect(resumeCommand('pretrain', 'мои прогоны')).toBe("npx otzyv pretrain --resume 'мои прогоны'");
  expect(resumeCommand('crossval', "it's $HOME")).toBe("npx otzyv crossval --resume 'it'\\''s $HOME'");
});

test('what may not be asked anew is named as it is typed', () => {
  expect(() => refuseOthers({}, 'run')).not.toThrow();
  expect(() => refuseOthers({ batchSize: 8 }, 'cross-validation')).toThrow(
    'a cross-validation is resumed with the options it was begun with: --batch-size has no place here',
  );
});
