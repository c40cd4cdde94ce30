/** Colours where a person looks: none with NO_COLOR, and none where either stream goes into a file or a pipe. */
import pc from 'picocolors';

const isWatched = process.stdout.isTTY === true && process.stderr.isTTY === true;

export const colors = pc.createColors(isWatched && process.env['NO_COLOR'] === undefined);
