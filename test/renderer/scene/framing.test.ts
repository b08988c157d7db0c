import { Matrix4, PerspectiveCamera, Vector3 } from 'three';
import { describe, expect, test } from 'vitest';
import {
  Drift,
  exceeds,
  followedSlides,
  hasLeft,
  movingIn,
  type Spans,
  spansOf,
  viewOf,
  workspaceOf,
} from '../../../src/renderer/scene/framing';
import { Keeper } from '../../../src/renderer/scene/keeper';
import { Kinematics } from '../../../src/renderer/scene/kinematics';
import { draw } from './draw';

const FIELD_OF_VIEW = 35;
const ASPECT = 1.6;

const CART_POLE = draw(`<mujoco><compiler angle="radian" autolimits="true"/><worldbody>
  <geom type="capsule" fromto="-3 0 0 3 0 0" size="0.02"/>
  <body><joint name="x" type="slide" axis="1 0 0"/><geom type="box" size="0.1 0.05 0.05"/>
    <body><joint name="q" axis="0 1 0"/><geom type="capsule" fromto="0 0 0 0 0 1" size="0.02"/></body>
  </body></worldbody></mujoco>`);
const BALANCE: Spans = [
  [-2.4, 2.4],
  [-0.2, 0.2],
];
const TWO_THINGS = draw(`<mujoco><compiler angle="radian"/><worldbody>
  <body><joint name="q" axis="0 1 0"/><geom type="capsule" fromto="0 0 0 0 0 1" size="0.02"/></body>
  <body><joint name="px" type="slide" axis="1 0 0"/><geom size="0.1"/></body>
  </worldbody></mujoco>`);

/** The camera of a view, as the window stands it, and the share of the picture's height and width that a pose fills. */
function cameraAt(position: Vector3, target: Vector3): PerspectiveCamera {
  const camera = new PerspectiveCamera(FIELD_OF_VIEW, ASPECT, 0.01, 200);
  camera.up.set(0, 0, 1);
  camera.position.copy(position);
  camera.lookAt(target);
  camera.updateMatrixWorld();
  return camera;
}
const projectionOf = (camera: PerspectiveCamera) =>
  new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);

function closeView(spans: Spans) {
  const kinematics = new Kinematics(CART_POLE);
  const workspace = workspaceOf(kinematics, spans, false);
  const view = viewOf(kinematics, workspace, FIELD_OF_VIEW, ASPECT);
  const position = view.target.clone().addScaledVector(view.direction, view.distance);
  return { kinematics, workspace, view, camera: cameraAt(position, view.target) };
}

describe('the frame of a robot on a long rail', () => {
  test('is filled by the robot and not by the rail', () => {
    const { kinematics, camera } = closeView(BALANCE);
    kinematics.pose([0, 0]);
    const tip = kinematics.point(2, [0, 0, 1], new Vector3()).project(camera);
    const foot = kinematics.point(1, [0, 0, -0.05], new Vector3()).project(camera);
    // Of a picture that is 2 high, the robot takes more than half and all of it is in.
    expect(tip.y - foot.y).toBeGreaterThan(1.2);
    expect(Math.max(Math.abs(tip.y), Math.abs(foot.y))).toBeLessThan(1);
  });

  test('holds the pole all the way round where nothing limits it', () => {
    const { kinematics, camera } = closeView([null, null]);
    for (const angle of [0, Math.PI / 2, Math.PI, -Math.PI / 2]) {
      kinematics.pose([0, angle]);
      const tip = kinematics.point(2, [0, 0, 1], new Vector3()).project(camera);
      expect(Math.max(Math.abs(tip.x), Math.abs(tip.y))).toBeLessThan(1);
    }
  });

  test('is left by a pole that falls out of its limits, and not by one within them or by the cart', () => {
    const { kinematics, workspace } = closeView(BALANCE);
    const beyond = (x: number, angle: number) => {
      kinematics.pose([x, angle]);
      return exceeds(kinematics, workspace, new Drift(kinematics).at([x, angle], new Vector3()));
    };
    const drift = new Drift(kinematics);
    kinematics.pose([2.4, 0.2]);
    expect(exceeds(kinematics, workspace, drift.at([2.4, 0.2], new Vector3()))).toBe(false);
    kinematics.pose([0, Math.PI]);
    expect(exceeds(kinematics, workspace, drift.at([0, Math.PI], new Vector3()))).toBe(true);
    expect(beyond(0, 0)).toBe(false);
  });
});

test('a cart is followed along its rail; of two things that move on their own, neither is', () => {
  expect(followedSlides(CART_POLE)).toEqual([0]);
  expect(followedSlides(TWO_THINGS)).toEqual([]);
  const drift = new Drift(new Kinematics(CART_POLE));
  expect(drift.at([1.5, 3], new Vector3()).toArray()).toEqual([1.5, 0, 0]);
});

test("a joint's span is what its own range and its channel's limits have in common", () => {
  const limited = draw(`<mujoco><compiler angle="radian" autolimits="true"/><worldbody>
    <body><joint name="a" axis="0 1 0" range="-1 2"/><geom size="0.1"/>
      <body><joint name="b" axis="0 1 0" range="-1 1"/><geom size="0.1"/></body></body></worldbody></mujoco>`);
  expect(spansOf(limited, [0, -1], [[-3, 0.5]])).toEqual([
    [-1, 0.5],
    [-1, 1],
  ]);
  expect(spansOf(CART_POLE, [0, 1], [[-2, 2], null])).toEqual([[-2, 2], null]);
});

describe('a robot has left the picture', () => {
  const { kinematics, view } = closeView(BALANCE);
  const moving = movingIn(CART_POLE);
  const look = (aside: number) => {
    kinematics.pose([0, 0]);
    const target = view.target.clone().add(new Vector3(aside, 0, 0));
    const position = target.clone().addScaledVector(view.direction, view.distance);
    return hasLeft(kinematics, moving, projectionOf(cameraAt(position, target)));
  };

  test('only when nothing of it is in it', () => {
    expect(look(0)).toBe(false);
    expect(look(view.radius)).toBe(false);
    expect(look(10 * view.radius)).toBe(true);
    expect(look(-10 * view.radius)).toBe(true);
  });
});

describe('the camera', () => {
  const view = { target: new Vector3(), direction: new Vector3(0, -1, 0), distance: 3, radius: 1 };
  const whole = { ...view, target: new Vector3(0, 0, -1), distance: 6 };
  const settle = (keeper: Keeper, drift: Vector3, beyond: boolean) => {
    let steps = 0;
    while (keeper.go(drift, beyond, 1 / 30) && steps < 1000) steps += 1;
    return steps;
  };

  test('is where the robot is at first, and goes after it from then on', () => {
    const keeper = new Keeper(view, whole);
    expect(keeper.go(new Vector3(2, 0, 0), false, 1 / 30)).toBe(false);
    expect(keeper.stand().target.x).toBe(2);
    expect(keeper.stand()).toBe(keeper.stand());
    keeper.go(new Vector3(3, 0, 0), false, 1 / 30);
    expect(keeper.stand().target.x).toBeGreaterThan(2);
    expect(keeper.stand().target.x).toBeLessThan(3);
    expect(settle(keeper, new Vector3(3, 0, 0), false)).toBeLessThan(1000);
    expect(keeper.stand().target.x).toBeCloseTo(3, 2);
  });

  test('is put beside a robot that was put elsewhere', () => {
    const keeper = new Keeper(view, whole);
    keeper.go(new Vector3(), false, 1 / 30);
    keeper.go(new Vector3(20, 0, 0), false, 1 / 30);
    expect(keeper.stand().target.x).toBe(20);
  });

  test('takes the whole workspace into view while the robot reaches beyond, and comes back', () => {
    const keeper = new Keeper(view, whole);
    keeper.go(new Vector3(), false, 1 / 30);
    settle(keeper, new Vector3(), true);
    expect(keeper.stand().position.y).toBeCloseTo(-6, 1);
    expect(keeper.stand().target.z).toBeCloseTo(-1, 1);
    settle(keeper, new Vector3(), false);
    expect(keeper.stand().position.y).toBeCloseTo(-3, 1);
  });

  test('tells how far it went, for a view that somebody turned', () => {
    const keeper = new Keeper(view, whole);
    keeper.go(new Vector3(5, 0, 0), false, 1 / 30);
    // Where it begins is not gone to.
    expect(keeper.moved().x).toBe(0);
    keeper.go(new Vector3(6, 0, 0), false, 1 / 30);
    expect(keeper.moved().x).toBeCloseTo(keeper.stand().target.x - 5, 12);
    expect(keeper.moved().x).toBeGreaterThan(0);
  });
});
