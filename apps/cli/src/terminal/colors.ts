/** Colours where a person looks: none with NO_COLOR, with --json, or into a file. */
import pc from 'picocolors';

export const colors = pc.createColors(process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined);
