"""The rows of `foresight bench compare` in JAX, everything in one jitted function a row. What is equal and what is not:
compare.ts."""

import argparse
import functools
import math
import os

from protocol import Row, serve

LN_2PI = math.log(2 * math.pi)


class Network:
    """Members side by side; kernels [members, inputs, units], biases [members, 1, units]."""

    def __init__(self, problem):
        self.weights = {
            "kernels": [jnp.asarray(problem[f"layer{i}/kernel"]) for i in range(problem.layers)],
            "biases": [jnp.asarray(problem[f"layer{i}/bias"]) for i in range(problem.layers)],
            "low": jnp.asarray(problem["logVariance/min"]),
            "high": jnp.asarray(problem["logVariance/max"]),
        }

    @staticmethod
    def apply(weights, x):
        """[members, rows, inputs] to mean and bounded log variance, [members, rows, targets] each, normalised."""
        *hidden, last = zip(weights["kernels"], weights["biases"])
        for kernel, bias in hidden:
            x = jax.nn.silu(x @ kernel + bias)
        mean, raw = jnp.split(x @ last[0] + last[1], 2, -1)
        log_variance = weights["high"] - jax.nn.softplus(weights["high"] - raw)
        return mean, weights["low"] + jax.nn.softplus(log_variance - weights["low"])


# --- training


def adam(weights, gradients, state, step, rate, decay):
    """Kingma & Ba 2015; L2 decay of the kernels."""
    first, second = state
    gradients = {**gradients, "kernels": [g + decay * w for g, w in zip(gradients["kernels"], weights["kernels"])]}
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
    size = rate * jnp.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    epsilon = 1e-8 * jnp.sqrt(1 - 0.999**step)
    weights = jax.tree.map(lambda w, m, v: w - size * m / (jnp.sqrt(v) + epsilon), weights, first, second)
    return weights, (first, second)


def open_training(problem):
    spec = problem.spec
    batch, rate, decay = spec["batch"], spec["learningRate"], spec["weightDecay"]

    def losses(weights, x, y):
        mean, log_variance = Network.apply(weights, x)
        surprise = ((mean - y) ** 2 * jnp.exp(-log_variance) + log_variance).mean((1, 2))
        objective = surprise + 0.01 * (weights["high"] - weights["low"]).sum((1, 2))
        return objective.sum(), 0.5 * (surprise + LN_2PI)

    def step(carry, x, y):
        weights, state, count = carry
        gradients, nll = jax.grad(losses, has_aux=True)(weights, x, y)
        weights, state = adam(weights, gradients, state, count + 1, rate, decay)
        return (weights, state, count + 1), nll

    def beginning():
        weights = Network(problem).weights
        zeros = lambda: jax.tree.map(jnp.zeros_like, weights)
        return weights, (zeros(), zeros()), jnp.float32(0)

    # [unroll, members, batch, …], the same batches in every call, as they are fed to Foresight's program.
    given = jnp.asarray(problem["inputs"]), jnp.asarray(problem["targets"])
    steps = jax.jit(lambda carry, given: jax.lax.scan(lambda c, xy: step(c, *xy), carry, given))
    carry, nll = beginning(), []
    for _ in range(spec["calls"]):
        carry, losses_of_steps = steps(carry, given)
        nll.append(np.asarray(losses_of_steps).mean(0))

    members = given[0].shape[1]
    inputs, targets = jnp.asarray(problem["data/inputs"]), jnp.asarray(problem["data/targets"])
    rows = inputs.shape[0]
    key, drawn = jax.random.split(jax.random.key(0))
    sample = jax.random.randint(drawn, (members, rows), 0, rows)  # every member's bootstrap

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def one_pass(carry, key):
        key, drawn = jax.random.split(key)
        order = jax.random.permutation(drawn, sample, axis=1, independent=True)
        batches = order.reshape(members, rows // batch, batch).swapaxes(0, 1)
        carry, nll = jax.lax.scan(lambda c, chosen: step(c, inputs[chosen], targets[chosen]), carry, batches)
        return carry, key, nll

    carry = beginning()

    def call():
        nonlocal carry, key
        carry, key, nll = one_pass(carry, key)
        nll.block_until_ready()

    call()
    return Row(call, units=rows // batch, results={"nll": np.stack(nll)})


# --- rollouts and plans


class Rollouts:
    """The model in SI units, and what futures are worth."""

    def __init__(self, problem):
        network = Network(problem)
        self.weights = network.weights
        self.members = self.weights["kernels"][0].shape[0]
        self.input_mean, self.input_scale = jnp.asarray(problem["inputMean"]), 1 / jnp.asarray(problem["inputStd"])
        self.target_mean, self.target_std = jnp.asarray(problem["targetMean"]), jnp.asarray(problem["targetStd"])

    def step(self, state, action, noise=None):
        """[members, rows, 4], [members, rows, 1] to the next states; noise [members, rows, 4] in standard deviations."""
        x = (jnp.concatenate((state, action), -1) - self.input_mean) * self.input_scale
        mean, log_variance = Network.apply(self.weights, x)
        if noise is not None:
            mean = mean + jnp.exp(0.5 * log_variance) * noise
        return state + mean * self.target_std + self.target_mean

    def states(self, start, actions, moves=None, noise=None):
        """start [4], actions [horizon, rows] of the row that lies at each place, to states after every step
        [horizon, rows, 4]; moves [horizon, rows]: where the row that lies here lay before."""
        rows = actions.shape[1]

        def body(state, given):
            action, move, deviations = given
            if move is not None:
                state = state[move]
            blocks = state.reshape(self.members, -1, 4), action.reshape(self.members, -1, 1)
            state = self.step(*blocks, deviations).reshape(rows, 4)
            return state, state

        # Scanned, not unrolled: a tenth faster here, and compiled in a tenth of the time.
        return jax.lax.scan(body, jnp.broadcast_to(start, (rows, 4)), (actions, moves, noise))[1]

    def returns(self, states):
        """[horizon, rows, 4] to [rows]: the step that ends an episode still pays, none after it does."""
        x, angle = states[..., 0], states[..., 2]
        rewards = 1 - angle**2 - 0.1 * x**2
        ends = ((jnp.abs(x) > 2.4) | (jnp.abs(angle) > 0.2)).astype(jnp.int32)
        return jnp.where(ends.cumsum(0) - ends == 0, rewards, 0.0).sum(0)

    def fixed(self, rows):
        """[rows] the row at every place where member m predicts rows m, m + members, … all along."""
        return np.arange(rows).reshape(-1, self.members).T.reshape(-1)

    def evaluate(self, start, candidates, particles, orders):
        """candidates [n, horizon] to returns [n · particles]; orders [horizon, rows]: the row at every place of every
        step, or [1, rows] where rows stay where they are."""
        horizon, rows = candidates.shape[1], orders.shape[1]
        places = jax.vmap(lambda order: jnp.zeros(rows, jnp.int32).at[order].set(jnp.arange(rows), unique_indices=True))(
            orders
        )
        actions = candidates.T[jnp.arange(horizon)[:, None], orders // particles]
        # All rows begin alike, so that the first move may be any.
        moves = jnp.take_along_axis(jnp.roll(places, 1, 0), orders, 1) if len(orders) > 1 else None
        states = self.states(start, actions, moves)
        by_row = jnp.broadcast_to(places, (horizon, rows))
        return self.returns(jnp.take_along_axis(states, by_row[..., None], 1))


def open_rollouts(problem):
    rollouts = Rollouts(problem)
    particles = problem.spec["particles"]
    start, candidates = jnp.asarray(problem["start"]), jnp.asarray(problem["candidates"])
    order = rollouts.fixed(candidates.shape[0] * particles)
    place = np.argsort(order)

    @jax.jit
    def evaluate(start, candidates):
        """Rows stay with their member, so nothing needs to be rearranged but actions and returns."""
        states = rollouts.states(start, candidates.T[:, order // particles])
        return rollouts.returns(states)[place]

    def call():
        return np.asarray(evaluate(start, candidates))

    return Row(call, results={"returns": call()})


class Planner:
    """MPPI or CEM as Foresight's planners are (docs/planners), noise drawn by JAX."""

    def __init__(self, problem):
        self.spec = problem.spec
        self.rollouts = Rollouts(problem)
        self.members = self.rollouts.members
        self.rows = self.spec["candidates"] * self.spec["particles"]
        # Noise that is correlated over time as a product with a matrix: n = L ε.
        horizon, beta = self.spec["horizon"], self.spec.get("correlation", 0.0)
        age = np.arange(horizon)[:, None] - np.arange(horizon)
        fresh = np.full(horizon, math.sqrt(1 - beta**2))
        fresh[0] = 1
        self.filter = np.where(age >= 0, float(beta) ** np.maximum(age, 0), 0.0).astype(np.float32) * fresh.astype(
            np.float32
        )

    def orders(self, random):
        """[iterations, horizon, rows] by NumPy: XLA sorts random numbers, which takes twenty times as long."""
        spec = self.spec
        rows = np.arange(self.rows, dtype=np.int32)
        return random.permuted(np.broadcast_to(rows, (spec["iterations"], spec["horizon"], self.rows)), axis=2)

    def evaluate(self, start, candidates, orders):
        returns = self.rollouts.evaluate(start, candidates, self.spec["particles"], orders)
        return returns.reshape(len(candidates), -1).mean(1)

    def refit(self, mean, std, candidates, scores):
        """The next distribution's mean and deviation."""
        spec = self.spec
        if spec["method"] == "mppi":
            weights = jax.nn.softmax((scores - scores.max()) / (spec["temperature"] * scores.std()))
            return weights @ candidates, std
        elites = candidates[jax.lax.top_k(scores, spec["elites"])[1]]
        momentum = spec["momentum"]
        variance = momentum * std**2 + (1 - momentum) * elites.var(0)
        return momentum * mean + (1 - momentum) * elites.mean(0), jnp.sqrt(variance)

    def draw(self, key, mean, std):
        spec = self.spec
        shape = spec["candidates"], spec["horizon"]
        if spec["method"] == "mppi":
            candidates = jnp.clip(mean + std * (jax.random.normal(key, shape) @ self.filter.T), -1, 1)
            return candidates.at[0].set(jnp.clip(mean, -1, 1))
        within = jnp.minimum(std, jnp.maximum(0.5 * spec["std"], jnp.minimum(mean + 1, 1 - mean) / 2))
        return jnp.clip(mean + within * jax.random.truncated_normal(key, -2, 2, shape), -1, 1)

    def carried(self, observation):
        """The observation one step of holding still later, the members' mean."""
        rows = jnp.broadcast_to(observation, (self.members, 1, 4))
        return self.rollouts.step(rows, jnp.zeros((self.members, 1, 1))).mean(0).reshape(4)

    def futures(self, start, plan, candidates, noise):
        """The plan through every member, candidates to be drawn, and the plan with noise, four futures a member: mean and
        deviation over members [horizon + 1, 4], the expected return, the drawn trajectories, returns with noise."""
        members, horizon = self.members, len(plan)
        actions = jnp.concatenate(
            (
                jnp.broadcast_to(plan, (members, horizon)),
                candidates,
                jnp.broadcast_to(plan, (4 * members, horizon)),
            )
        )
        order = self.rollouts.fixed(len(actions))
        states = self.rollouts.states(start, actions.T[:, order], None, noise)[:, np.argsort(order)]
        quiet = jnp.concatenate((jnp.broadcast_to(start, (1, members, 4)), states[:, :members]))
        returns = self.rollouts.returns(states)
        drawn = states[:, members : members + len(candidates)]
        noisy = returns[members + len(candidates) :].reshape(4, members)
        within = noisy.var(0, ddof=1).mean()
        between = jnp.maximum(noisy.mean(0).var() - within * (members - 1) / (members * 4), 0)
        share = between / (between + within)
        return quiet.mean(1), quiet.std(1), returns[:members].mean(), drawn, noisy, share

    def noise(self, key, drawn):
        """[horizon, members, rows, 4] of which only the last four rows a member are noisy."""
        noise = jnp.zeros((self.spec["horizon"], self.members, 1 + drawn // self.members + 4, 4))
        return noise.at[:, :, -4:].set(jax.random.normal(key, (self.spec["horizon"], self.members, 4, 4)))

    def plan(self, key, orders, observation, previous):
        spec = self.spec
        start = self.carried(observation)
        mean = jnp.concatenate((previous[1:], previous[-1:]))
        std = jnp.full_like(mean, spec["std"])
        for order in orders:
            key, to_draw = jax.random.split(key)
            candidates = self.draw(to_draw, mean, std)
            scores = self.evaluate(start, candidates, order)
            mean, std = self.refit(mean, std, candidates, scores)
        plan = jnp.clip(mean, -1, 1)
        tried = candidates[:: len(candidates) // spec["drawn"]][: spec["drawn"]]
        key, drawn = jax.random.split(key)
        return key, plan, self.futures(start, plan, tried, self.noise(drawn, spec["drawn"]))

    def checked(self, observation, candidates, scores, plan):
        """What Foresight computed for the same candidates, the same scores and the same plan."""
        start = self.carried(observation)
        order = jnp.asarray(self.rollouts.fixed(self.rows))[None]
        returns = self.rollouts.evaluate(start, candidates, self.spec["particles"], order)
        mean = jnp.zeros(candidates.shape[1])
        mean, _ = self.refit(mean, jnp.full_like(mean, self.spec["std"]), candidates, scores)
        tried = candidates[: self.spec["drawn"]]
        future = self.futures(start, plan, tried, jnp.zeros_like(self.noise(jax.random.key(0), len(tried))))
        named = zip(("trajectory", "spread", "expectedReturn"), future)
        return {"start": start, "returns": returns, "mean": mean, **dict(named)}


def open_plan(problem):
    planner = Planner(problem)
    observations = jnp.asarray(problem["observations"])
    key, random = jax.random.key(0), np.random.default_rng(0)
    previous, asked = jnp.zeros(problem.spec["horizon"]), 0
    plan = jax.jit(planner.plan)

    def call():
        nonlocal key, previous, asked
        observation = observations[asked % len(observations)]
        key, previous, futures = plan(key, planner.orders(random), observation, previous)
        asked += 1
        return [np.asarray(part) for part in (previous, *futures)]

    given = tuple(jnp.asarray(problem[name]) for name in ("candidates", "scores", "plan"))
    results = jax.jit(planner.checked)(observations[0], *given)
    planned, trajectory = call()[:2]
    expected = jax.jit(planner.checked)(observations[0], *given[:2], planned)["trajectory"]
    if not np.allclose(trajectory, expected, rtol=1e-3, atol=1e-4):
        raise ArithmeticError("the trajectory of a plan is not the one of its actions")
    return Row(call, results={name: np.asarray(value) for name, value in results.items()})


# --- matrix products


def open_product(problem):
    a, b = jnp.asarray(problem["a"]), jnp.asarray(problem["b"])

    @jax.jit
    def chain(product, b):
        for _ in range(problem.spec["chain"]):
            product = product @ b
        return product

    return Row(lambda: chain(a, b).block_until_ready())


KINDS = {"training": open_training, "rollouts": open_rollouts, "plan": open_plan, "product": open_product}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    flags = parser.parse_args()
    # XLA's thread pool has as many threads as it believes to have processors.
    os.environ["NPROC"] = str(flags.threads)
    os.environ["JAX_PLATFORMS"] = "cpu"
    if flags.threads == 1:
        os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"

    import jax
    import jax.numpy as jnp
    import numpy as np

    serve(
        lambda: {"version": jax.__version__, "threads": flags.threads},
        lambda problem: KINDS[problem.spec["kind"]](problem),
    )
