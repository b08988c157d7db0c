import { Vector3 } from 'three';
import type { GeomShape, MjcfGeom, MjcfJoint, MjcfModel, Vec3 } from './mjcf-types';
import { type AngleRules, type Attributes, numbers, orientation, vec3, zTo } from './mjcf-values';

/** The part of the DOM that reading needs, so that any XML parser can stand behind it. */
export interface XmlElement {
  readonly tagName: string;
  readonly attributes: ArrayLike<{ readonly name: string; readonly value: string }>;
  readonly childNodes: ArrayLike<unknown>;
}

const SHAPES: readonly string[] = ['plane', 'sphere', 'capsule', 'ellipsoid', 'cylinder', 'box'];
/** MuJoCo's viewer leaves groups 3 to 5 (collision shapes) out. */
const LAST_VISIBLE_GROUP = 2;
const UNSUPPORTED = ['include', 'replicate', 'composite', 'flexcomp', 'attach', 'frame'];

type Defaults = Map<string, Map<string, Map<string, string>>>;

interface Reading {
  model: MjcfModel;
  defaults: Defaults;
  materials: Map<string, string>;
  angles: AngleRules;
  autoLimits: boolean;
  problems: Set<string>;
}

/** Parses MJCF text with the browser's XML parser. A text that is no MJCF gives an empty model and says why. */
export function parseMjcf(text: string): MjcfModel {
  const document = new DOMParser().parseFromString(text, 'application/xml');
  const failure = document.querySelector('parsererror');
  if (failure)
    return nothing(`The scene file is not valid XML: ${failure.textContent?.trim().split('\n')[0]}`);
  return readMjcf(document.documentElement);
}

/**
 * Reads a model's bodies, hinge and slide joints, geoms and sites as they stand in MuJoCo's reference pose.
 * Whatever it does not know is named in `problems`, never left out silently.
 */
export function readMjcf(root: XmlElement): MjcfModel {
  if (root.tagName !== 'mujoco')
    return nothing(`The scene file begins with <${root.tagName}>, not with <mujoco>.`);
  const compiler = elementsOf(root)
    .filter((e) => e.tagName === 'compiler')
    .map(attributesOf);
  const setting = (name: string) => compiler.findLast((a) => a.has(name))?.get(name);
  const reading: Reading = {
    model: { ...nothing(), name: attributesOf(root).get('model') ?? '', problems: [] },
    defaults: new Map([['main', new Map()]]),
    materials: new Map(),
    angles: {
      toRad: setting('angle') === 'radian' ? 1 : Math.PI / 180,
      eulerSequence: setting('eulerseq') ?? 'xyz',
    },
    autoLimits: setting('autolimits') !== 'false',
    problems: new Set(),
  };
  for (const section of elementsOf(root)) {
    if (section.tagName === 'default') readDefaults(section, 'main', reading);
    if (section.tagName === 'include') unsupported('include', reading);
    if (section.tagName === 'asset') {
      for (const asset of elementsOf(section)) {
        const attributes = withDefaults(asset, undefined, reading);
        const name = attributes.get('name');
        if (asset.tagName === 'material' && name)
          reading.materials.set(name, attributes.get('rgba') ?? '1 1 1 1');
      }
    }
  }
  reading.model.bodies.push({ name: 'world', parent: -1, position: [0, 0, 0], quaternion: [0, 0, 0, 1] });
  for (const section of elementsOf(root)) {
    if (section.tagName === 'worldbody') readBodyContent(section, 0, undefined, reading);
  }
  reading.model.problems = [...reading.problems];
  return reading.model;
}

function nothing(problem?: string): MjcfModel {
  return { name: '', bodies: [], joints: [], geoms: [], sites: [], problems: problem ? [problem] : [] };
}

function unsupported(tag: string, reading: Reading): void {
  reading.problems.add(`The scene uses <${tag}>, which this view does not draw.`);
}

function readDefaults(element: XmlElement, parent: string, reading: Reading): void {
  const name = attributesOf(element).get('class') ?? (parent === 'main' ? 'main' : parent);
  const inherited = reading.defaults.get(parent) ?? new Map<string, Map<string, string>>();
  const own = new Map([...inherited].map(([tag, values]) => [tag, new Map(values)]));
  reading.defaults.set(name, own);
  // Elements first: a nested class inherits what its parent says, wherever it says it.
  for (const child of elementsOf(element)) {
    if (child.tagName === 'default') continue;
    own.set(child.tagName, new Map([...(own.get(child.tagName) ?? []), ...attributesOf(child)]));
  }
  for (const child of elementsOf(element)) {
    if (child.tagName === 'default') readDefaults(child, name, reading);
  }
}

function withDefaults(element: XmlElement, childClass: string | undefined, reading: Reading): Attributes {
  const own = attributesOf(element);
  const name = own.get('class') ?? childClass ?? 'main';
  const inherited = reading.defaults.get(name);
  if (!inherited)
    reading.problems.add(`The scene names the default class "${name}", which it does not define.`);
  return new Map([...(inherited?.get(element.tagName) ?? []), ...own]);
}

function readBodyContent(
  element: XmlElement,
  body: number,
  childClass: string | undefined,
  reading: Reading,
): void {
  for (const child of elementsOf(element)) {
    const tag = child.tagName;
    if (tag === 'body') readBody(child, body, childClass, reading);
    else if (tag === 'joint') readJoint(child, body, childClass, reading);
    else if (tag === 'geom') readGeom(child, body, childClass, reading);
    else if (tag === 'site') {
      const attributes = withDefaults(child, childClass, reading);
      const name = attributes.get('name') ?? '';
      reading.model.sites.push({ name, body, position: vec3(attributes, 'pos', [0, 0, 0]) });
    } else if (tag === 'freejoint') {
      reading.problems.add('The scene has a free body; it is drawn where it stands in the file.');
    } else if (UNSUPPORTED.includes(tag)) unsupported(tag, reading);
  }
}

function readBody(
  element: XmlElement,
  parent: number,
  childClass: string | undefined,
  reading: Reading,
): void {
  const attributes = attributesOf(element);
  const index = reading.model.bodies.length;
  reading.model.bodies.push({
    name: attributes.get('name') ?? `body ${index}`,
    parent,
    position: vec3(attributes, 'pos', [0, 0, 0]),
    quaternion: orientation(attributes, reading.angles),
  });
  readBodyContent(element, index, attributes.get('childclass') ?? childClass, reading);
}

function readJoint(
  element: XmlElement,
  body: number,
  childClass: string | undefined,
  reading: Reading,
): void {
  const attributes = withDefaults(element, childClass, reading);
  const kind = attributes.get('type') ?? 'hinge';
  const name = attributes.get('name') ?? `joint ${reading.model.joints.length}`;
  if (kind !== 'hinge' && kind !== 'slide') {
    reading.problems.add(`Joint "${name}" is of type ${kind}; it is drawn where it stands in the file.`);
    return;
  }
  const toSi = kind === 'hinge' ? reading.angles.toRad : 1;
  const axis = new Vector3(...vec3(attributes, 'axis', [0, 0, 1])).normalize();
  const [low, high] = numbers(attributes, 'range') ?? [];
  const limited = attributes.get('limited') ?? 'auto';
  const hasRange = limited === 'true' || (limited === 'auto' && reading.autoLimits);
  const joint: MjcfJoint = {
    name,
    body,
    kind,
    axis: [axis.x, axis.y, axis.z],
    position: vec3(attributes, 'pos', [0, 0, 0]),
    reference: (numbers(attributes, 'ref')?.[0] ?? 0) * toSi,
    range: hasRange && low !== undefined && high !== undefined ? [low * toSi, high * toSi] : null,
  };
  reading.model.joints.push(joint);
}

function readGeom(element: XmlElement, body: number, childClass: string | undefined, reading: Reading): void {
  const attributes = withDefaults(element, childClass, reading);
  const type = attributes.get('type') ?? (attributes.has('mesh') ? 'mesh' : 'sphere');
  if (Number(attributes.get('group') ?? 0) > LAST_VISIBLE_GROUP) return;
  if (!SHAPES.includes(type)) {
    reading.problems.add(`The scene has geoms of type ${type}, which this view does not draw.`);
    return;
  }
  const geom: MjcfGeom = {
    name: attributes.get('name') ?? '',
    body,
    shape: type as GeomShape,
    size: sizeOf(attributes),
    position: vec3(attributes, 'pos', [0, 0, 0]),
    quaternion: orientation(attributes, reading.angles),
    rgba: colourOf(attributes, reading),
  };
  const ends = numbers(attributes, 'fromto');
  if (ends?.length === 6) placeBetween(geom, ends);
  reading.model.geoms.push(geom);
}

function sizeOf(attributes: Attributes): Vec3 {
  const [a = 0.05, b = a, c = b] = numbers(attributes, 'size') ?? [];
  return [a, b, c];
}

/** `fromto`: centred between two points, z from one to the other, half the distance as its length. */
function placeBetween(geom: MjcfGeom, ends: number[]): void {
  const [ax = 0, ay = 0, az = 0, bx = 0, by = 0, bz = 0] = ends;
  geom.position = [(ax + bx) / 2, (ay + by) / 2, (az + bz) / 2];
  const along = new Vector3(ax - bx, ay - by, az - bz);
  geom.quaternion = zTo(along);
  const half = along.length() / 2;
  const thick = geom.size[0];
  geom.size = geom.shape === 'box' || geom.shape === 'ellipsoid' ? [thick, thick, half] : [thick, half, half];
}

function colourOf(attributes: Attributes, reading: Reading): MjcfGeom['rgba'] {
  const own = numbers(attributes, 'rgba');
  const material = attributes.get('material');
  const text = material === undefined ? undefined : reading.materials.get(material);
  const fromMaterial = text === undefined ? null : numbers(new Map([['rgba', text]]), 'rgba');
  const [r = 0.5, g = 0.5, b = 0.5, a = 1] = own ?? fromMaterial ?? [];
  return [r, g, b, a];
}

function attributesOf(element: XmlElement): Map<string, string> {
  return new Map(Array.from(element.attributes, ({ name, value }) => [name, value]));
}

function elementsOf(element: XmlElement): XmlElement[] {
  return Array.from(element.childNodes).filter(isElement);
}

function isElement(node: unknown): node is XmlElement {
  return typeof node === 'object' && node !== null && 'tagName' in node && 'attributes' in node;
}
