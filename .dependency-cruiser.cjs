// The direction of the imports, as docs/architecture.md draws it. Type imports count: a type is a dependency too.

/** Rooms of src/main and what else of src/main they may import, besides themselves and src/shared. */
const ROOMS = {
  processes: [],
  installation: [],
  files: [],
  foreign: ['processes'],
  // files: calibrations are kept beside the log, and written whole or not at all.
  rig: ['processes', 'installation', 'files', 'foreign'],
  control: ['rig', 'processes'],
  log: ['processes', 'foreign'],
  // log: whoever reads very many rows reads them by itself.
  survey: ['log', 'processes'],
  // rig: a simulated camera sees the model that a rig is simulated by. log: frames are read by themselves.
  camera: ['rig', 'log', 'processes', 'installation', 'files', 'foreign'],
  // rig: what stands in for a device, as a program. camera: a robot on a network has pictures as well.
  'simulated-device': ['rig', 'camera', 'processes', 'foreign'],
  // camera: pictures go along where a format has a place for them.
  formats: ['log', 'camera', 'foreign', 'processes', 'files'],
  figures: ['files'],
  tensor: ['processes', 'installation'],
  task: ['tensor'],
  inspection: ['rig', 'control', 'task', 'foreign', 'processes'],
  dynamics: ['tensor', 'task', 'processes', 'installation', 'files', 'foreign'],
  // rig: plans may be made on a rig's simulator (decision 15).
  // policy/representation: a policy may propose, and its value judge where the horizon ends.
  // camera: a model that learned from pictures plans from what a camera sees.
  plan: ['tensor', 'task', 'dynamics', 'rig', 'camera', 'processes', 'policy/representation'],
  'policy/representation': ['tensor', 'task', 'dynamics', 'files', 'foreign', 'installation'],
  // control: in a simulation an action passes the same guard as on a rig. camera: whoever acts by pictures sees them there.
  policy: [
    'tensor',
    'task',
    'dynamics',
    'plan',
    'rig',
    'camera',
    'control',
    'processes',
    'installation',
    'files',
    'foreign',
  ],
  // log: a training reads its episodes by itself, however many they are; and their pictures, from which it may learn.
  jobs: [
    'log',
    'camera',
    'dynamics',
    'policy',
    'task',
    'rig',
    'tensor',
    'processes',
    'installation',
    'files',
    'foreign',
  ],
  'studies/common': [
    ...['rig', 'figures', 'dynamics', 'jobs', 'processes', 'installation', 'files', 'foreign'],
  ],
  'studies/model': [
    ...['studies/common', 'rig', 'control', 'formats', 'dynamics', 'tensor', 'jobs', 'figures'],
    ...['processes', 'installation', 'files', 'foreign'],
  ],
  serve: ['processes', 'installation'],
  desktop: ['processes', 'installation', 'serve'],
};

/** The core and what is built on it, from the ground up: each may import the rooms, and those of these before it. */
const UPPER_FLOORS = ['core', 'api', 'studies/control', 'studies/policy', 'core-process', 'bench', 'cli'];

const roomRules = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `room-${room.replace('/', '-')}`,
  comment: `src/main/${room} may import src/shared${allowed.map((other) => `, ${other}`).join('')}.`,
  severity: 'error',
  from: { path: `^src/main/${room}/` },
  to: {
    path: '^src/(main|renderer)/',
    pathNot: [room, ...allowed].map((name) => `^src/main/${name}/`),
  },
}));

/**
 * The window's floors, from the ground: the connection with what is known (`store`, `live`), the parts that rooms are
 * made of, the rooms, and the frame around them. Every other folder of src/renderer is a room.
 */
const GROUND = '^src/renderer/(store|live)/|^src/renderer/(api|transport|early)\\.ts$';
const PARTS = '^src/renderer/(ui|charts|scene)/';
const ROOM = '^src/renderer/(?!(?:store|live|ui|charts|scene|frame)/)([^/]+)/';

const windowRules = [
  {
    name: 'window-ground',
    comment: 'What the window knows does not depend on who shows it.',
    severity: 'error',
    from: { path: GROUND },
    to: { path: '^src/renderer/', pathNot: GROUND },
  },
  {
    name: 'window-parts',
    comment: 'A part is used by rooms and knows none of them.',
    severity: 'error',
    from: { path: PARTS },
    to: { path: '^src/renderer/', pathNot: [GROUND, PARTS] },
  },
  {
    name: 'window-rooms-apart',
    comment:
      'A room of the window imports neither another room nor the frame: what two rooms need lies below.',
    severity: 'error',
    from: { path: ROOM },
    to: { path: '^src/renderer/', pathNot: [GROUND, PARTS, '^src/renderer/$1/'] },
  },
];

const upperFloors = UPPER_FLOORS.map((floor, index) => ({
  name: `below-${floor.replace('/', '-')}`,
  comment: `Only ${UPPER_FLOORS.slice(index + 1).join(', ') || 'nothing'} stands above src/main/${floor}.`,
  severity: 'error',
  from: {
    path: '^src/main/',
    pathNot: UPPER_FLOORS.slice(index).map((name) => `^src/main/${name}/`),
  },
  to: { path: `^src/main/${floor}/` },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    ...windowRules,
    {
      name: 'shared-stands-alone',
      comment:
        'src/shared is what both sides agree on: no I/O, no Node, no React, nothing of ours but itself.',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { path: '^src/(main|renderer)/|^node_modules/(react|react-dom|electron)/' },
    },
    {
      name: 'shared-without-node',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-only-shared',
      comment: 'The window knows the core through the contract alone.',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^src/main/' },
    },
    {
      name: 'renderer-without-node',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'main-without-window',
      severity: 'error',
      from: { path: '^src/main/' },
      to: { path: '^src/renderer/|^node_modules/(react|react-dom|three)/' },
    },
    {
      name: 'electron-in-its-room',
      comment: 'The core runs under Electron, plain Node and tests; only the desktop knows Electron.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/desktop/' },
      to: { path: '(^|node_modules/)electron(/|$)' },
    },
    {
      name: 'rig-process-loads-nothing-that-crashes',
      comment: 'The process that can hurt somebody loads no native module but serialport.',
      severity: 'error',
      from: { path: '^src/main/control/rig-process\\.ts$' },
      to: { reachable: true, path: 'node_modules/(better-sqlite3|onnxruntime-node|@tensorflow)/' },
    },
    ...upperFloors,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts', '.d.mts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
