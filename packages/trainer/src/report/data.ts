/** What the model learned from: how large the classes are, how long the texts, and what is wrong with them. */
import type { DatasetProfile } from '@otzyv/core';
import type { DataProfile } from '../training/data-profile.ts';
import type { Chart, Drawing } from './chart.ts';
import { ACCENT, categoryAxis, legend, MUTED, nameLabels, nameRoom, valueAxis } from './chart-parts.ts';
import type { Finding } from './findings.ts';
import { type Html, named, quoted, section, table } from './html.ts';
import { count, counted, percent } from './numbers.ts';

const MOST_CLASSES = 40;

export function dataFindings({ train, leakage }: DataProfile): Finding[] {
  const leaked = leakage.exact + leakage.near;
  const findings: Finding[] = [];
  if (leaked > 0) {
    const said = `${counted(leaked, 'held-out review')} of ${count(leakage.rows)} (nearly) ${leaked === 1 ? 'stands' : 'stand'} among those trained on: the number flatters itself a little.`;
    findings.push({ name: 'Seen before', said });
  }
  if (train.conflicts.texts > 0) {
    const said = `${counted(train.conflicts.texts, 'text stands', 'texts stand')} under several labels in the training data: at most one of them is right.`;
    findings.push({ name: 'Contradictions', said });
  }
  return findings;
}

/**
 * @param labels by class id
 * @param where  it is, if not the whole: «In fold 1: »
 */
export function dataSection(
  draw: Drawing,
  profile: DataProfile,
  labels: readonly string[],
  where = '',
): Html {
  const { train, leakage } = profile;
  return section(
    'data',
    'The data',
    `${where}${counted(train.rows, 'review')} to learn from in ${counted(train.classes.length, 'class', 'classes')}, ${count(leakage.rows)} held out to measure on.`,
    draw(classSizes(classRows(profile, labels))),
    facts(profile),
    conflicts(train),
    classWords(train),
  );
}

interface ClassRows {
  readonly label: string;
  readonly learned: number;
  /** of all rows to learn from */
  readonly share: number;
  readonly heldOut: number;
}

/** The largest first. A class whose rows are all of one group may be held out as a whole: then none is to learn from. */
function classRows({ train, validationCounts }: DataProfile, labels: readonly string[]): ClassRows[] {
  const byLabel = new Map(train.classes.map((one) => [one.label, one]));
  return labels
    .map((label, id) => {
      const { count: learned = 0, share = 0 } = byLabel.get(label) ?? {};
      return { label, learned, share, heldOut: validationCounts[id] ?? 0 };
    })
    .sort((a, b) => b.learned - a.learned);
}

function classSizes(all: readonly ClassRows[]): Chart {
  const classes = all.slice(0, MOST_CLASSES).toReversed();
  const height = 52 + 26 * classes.length;
  const [largest, smallest] = [all[0], all.at(-1)];
  const names = classes.map(({ label }) => label);
  const bars = (name: string, opacity: number, counts: readonly number[], label: object = {}) => ({
    ...{ name, type: 'bar', stack: 'reviews', data: counts, barWidth: 12 },
    ...{ itemStyle: { color: ACCENT, opacity }, label },
  });
  const total = ({ dataIndex }: { dataIndex: number }) => {
    const own = classes[dataIndex];
    return count((own?.learned ?? 0) + (own?.heldOut ?? 0));
  };
  return {
    title: 'Reviews by class',
    description: `The largest class is ${largest?.label} with ${count(largest?.learned ?? 0)} reviews to learn from, the smallest ${smallest?.label} with ${count(smallest?.learned ?? 0)}.`,
    heights: [height, height],
    isWide: true,
    option: (place) => {
      const room = nameRoom(names, place);
      const totals = { show: true, opacity: 1, position: 'right', color: MUTED, formatter: total };
      return {
        grid: { left: room, right: 48, top: 28, bottom: 4 },
        legend: legend(['to learn from', 'held out']),
        xAxis: valueAxis('', { show: false }),
        yAxis: categoryAxis(names, { axisLabel: nameLabels(room) }),
        series: [
          bars(
            'to learn from',
            1,
            classes.map(({ learned }) => learned),
          ),
          bars(
            'held out',
            0.4,
            classes.map(({ heldOut }) => heldOut),
            totals,
          ),
        ],
      };
    },
    numbers: table(
      'Reviews by class',
      [
        { title: 'class' },
        { title: 'to learn from', isNumber: true },
        { title: 'share', isNumber: true },
        { title: 'held out', isNumber: true },
      ],
      all.map(({ label, learned, share, heldOut }) => [
        quoted(label),
        count(learned),
        percent(share),
        count(heldOut),
      ]),
    ),
  };
}

function facts({ train, leakage }: DataProfile): Html {
  const { words, duplicates, nearDuplicates, rows } = train;
  const entries: [string, string][] = [
    ['half of the reviews', `up to ${counted(words.median, 'word')}`],
    ['95\u00a0% of them', `up to ${counted(words.p95, 'word')}`],
    ['the longest', counted(words.max, 'word')],
    [
      'repeated rows',
      `${count(duplicates.surplusRows)} (${percent(duplicates.surplusRows / Math.max(1, rows))})`,
    ],
    ['nearly equal pairs', `${nearDuplicates.isComplete ? '' : 'at least '}${count(nearDuplicates.pairs)}`],
    ['held out, yet seen in training', `${count(leakage.exact)} + ${count(leakage.near)} nearly`],
  ];
  return `<dl class="facts">${entries.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

function conflicts({ conflicts: { examples } }: DatasetProfile): Html {
  if (examples.length === 0) return '';
  const rows = examples.map(({ text, labels, rows: places }) => [
    quoted(text.length > 120 ? `${text.slice(0, 120)}…` : text),
    labels.map(named).join(', '),
    places.join(', '),
  ]);
  return `<h3>One text, several labels</h3>${table('Texts with several labels', [{ title: 'text' }, { title: 'labels' }, { title: 'rows' }], rows)}`;
}

function classWords({ classes, topTokensByClass }: DatasetProfile): Html {
  const rows = classes
    .slice(0, MOST_CLASSES)
    .map(({ label }) => [
      quoted(label),
      `<span lang="ru">${quoted((topTokensByClass[label] ?? []).map(({ token }) => token).join(', '))}</span>`,
    ]);
  return `<h3>The most frequent words of each class</h3>${table('The most frequent words of each class', [{ title: 'class' }, { title: 'words' }], rows)}`;
}
