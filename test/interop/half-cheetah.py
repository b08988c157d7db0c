"""An exported policy of the rig half-cheetah in Gymnasium's own HalfCheetah-v5: returns of five episodes.

usage: python test/interop/half-cheetah.py policy.onnx
"""

import sys

import gymnasium
import numpy
import onnxruntime

PERIOD_SECONDS = 0.05

policy = onnxruntime.InferenceSession(sys.argv[1])
name = policy.get_inputs()[0].name
env = gymnasium.make("HalfCheetah-v5", reset_noise_scale=0.1)
returns = []
for episode in range(5):
    env.reset(seed=episode)
    data = env.unwrapped.data
    # The rig's first channel is the mean speed over the period, which Gym does not observe.
    total, speed, over = 0.0, data.qvel[0], False
    while not over:
        seen = numpy.concatenate([[speed], data.qpos[1:], data.qvel]).astype(numpy.float32)
        action = policy.run(None, {name: seen[None]})[0][0]
        before = data.qpos[0]
        _, reward, terminated, truncated, _ = env.step(action.astype(numpy.float64))
        speed = (data.qpos[0] - before) / PERIOD_SECONDS
        total += reward
        over = terminated or truncated
    returns.append(total)
print(f"mean {numpy.mean(returns):.0f}, of {', '.join(f'{one:.0f}' for one in returns)}")
