"""The rows of `foresight bench compare` in PyTorch, eager or compiled. What is equal and what is not: compare.ts."""

import argparse
import functools
import math

import torch
import torch.nn.functional as F

from protocol import Row, serve
from pytorch_latent import open_latent
from pytorch_policy import open_imagined, open_sac

LN_2PI = math.log(2 * math.pi)


# Numbers in one layer of one member from which on eager PyTorch predicts faster member by member: single products with their
# bias reach more than batched ones, and below it the five times as many calls cost more than that.
MEMBER_BY_MEMBER = 30_000


class Network:
    """Members side by side; kernels [members, inputs, units], biases [members, 1, units]."""

    def __init__(self, problem, compiled, inference=True):
        self.compiled, self.inference = compiled, inference
        tensor = lambda name: torch.from_numpy(problem[name])
        self.kernels = [tensor(f"layer{i}/kernel") for i in range(problem.layers)]
        self.biases = [tensor(f"layer{i}/bias") for i in range(problem.layers)]
        self.low, self.high = tensor("logVariance/min"), tensor("logVariance/max")

    @property
    def layers(self):
        return list(zip(self.kernels, self.biases))

    @functools.cached_property
    def members(self):
        """[members][layers] of kernels [units, inputs] and biases [units]."""
        own = lambda m: [(kernel[m].T.contiguous(), bias[m, 0].contiguous()) for kernel, bias in self.layers]
        return [own(m) for m in range(len(self.kernels[0]))]

    @staticmethod
    def member(x, layers):
        *hidden, last = layers
        for kernel, bias in hidden:
            x = F.silu(F.linear(x, kernel, bias), inplace=True)
        return F.linear(x, *last)

    def __call__(self, x):
        """[members, rows, inputs] to mean and bounded log variance, [members, rows, targets] each, normalised."""
        rows, units = x.shape[1], self.kernels[0].shape[2]
        if self.inference and not self.compiled and rows * units >= MEMBER_BY_MEMBER:
            out = torch.stack([self.member(*member) for member in zip(x, self.members)])
        else:
            *hidden, last = self.layers
            for kernel, bias in hidden:
                x = F.silu(torch.bmm(x, kernel).add_(bias), inplace=self.inference)
            out = torch.bmm(x, last[0]).add_(last[1])
        mean, raw = out.chunk(2, -1)
        log_variance = self.high - F.softplus(self.high - raw)
        return mean, self.low + F.softplus(log_variance - self.low)


# --- training


def open_training(problem, compiled):
    spec = problem.spec
    batch, unroll, decay = spec["batch"], spec["unroll"], spec["weightDecay"]
    network = Network(problem, compiled, inference=False)
    rest = [*network.biases, network.low, network.high]
    for weight in [*network.kernels, *rest]:
        weight.requires_grad_(True)
    groups = [{"params": network.kernels, "weight_decay": decay}, {"params": rest}]
    optimiser = torch.optim.Adam(groups, lr=spec["learningRate"], fused=True)

    def losses(x, y):
        mean, log_variance = network(x)
        surprise = ((mean - y).square() * torch.exp(-log_variance) + log_variance).mean((1, 2))
        objective = surprise + 0.01 * (network.high - network.low).sum((1, 2))
        return objective.sum(), 0.5 * (surprise.detach() + LN_2PI)

    if compiled:
        losses = torch.compile(losses)

    def step(x, y):
        objective, nll = losses(x, y)
        optimiser.zero_grad(set_to_none=True)
        objective.backward()
        optimiser.step()
        return nll

    # [unroll, members, batch, …], the same batches in every call, as they are fed to Foresight's program.
    given = torch.from_numpy(problem["inputs"]), torch.from_numpy(problem["targets"])
    nll = [torch.stack([step(x, y) for x, y in zip(*given)]).mean(0) for _ in range(spec["calls"])]
    results = {"nll": torch.stack(nll).numpy()}

    members = given[0].shape[1]
    inputs, targets = torch.from_numpy(problem["data/inputs"]), torch.from_numpy(problem["data/targets"])
    rows = inputs.shape[0]
    sample = torch.randint(rows, (members, rows))  # every member's bootstrap

    def one_pass():
        order = torch.stack([own[torch.randperm(rows)] for own in sample])
        for begin in range(0, rows, batch):
            chosen = order[:, begin : begin + batch]
            step(inputs[chosen], targets[chosen])

    return Row(one_pass, units=rows // batch, results=results)


# --- rollouts and plans


class Rollouts:
    """The model in SI units, and what futures are worth."""

    def __init__(self, problem, compiled):
        tensor = lambda name: torch.from_numpy(problem[name])
        self.network = Network(problem, compiled)
        self.members = self.network.kernels[0].shape[0]
        self.input_mean, self.input_scale = tensor("inputMean"), 1 / tensor("inputStd")
        self.target_mean, self.target_std = tensor("targetMean"), tensor("targetStd")

    def step(self, state, action, noise=None):
        """[members, rows, 4], [members, rows, 1] to the next states; noise [members, rows, 4] in standard deviations."""
        x = (torch.cat((state, action), -1) - self.input_mean) * self.input_scale
        mean, log_variance = self.network(x)
        if noise is not None:
            mean = mean + torch.exp(0.5 * log_variance) * noise
        return state + mean * self.target_std + self.target_mean

    def states(self, start, actions, moves=None, noise=None):
        """start [4], actions [horizon, rows] of the row that lies at each place, to states after every step
        [horizon, rows, 4]; moves [horizon - 1, rows]: where the row that lies here lay before."""
        horizon, rows = actions.shape
        state = start.expand(rows, 4)
        out = []
        for t in range(horizon):
            if moves is not None and t > 0:
                state = state[moves[t - 1]]
            blocks = state.reshape(self.members, -1, 4), actions[t].view(self.members, -1, 1)
            state = self.step(*blocks, None if noise is None else noise[t]).view(rows, 4)
            out.append(state)
        return torch.stack(out)

    def returns(self, states):
        """[horizon, rows, 4] to [rows]: the step that ends an episode still pays, none after it does."""
        x, angle = states[..., 0], states[..., 2]
        rewards = 1 - angle.square() - 0.1 * x.square()
        ends = ((x.abs() > 2.4) | (angle.abs() > 0.2)).to(torch.int32)
        return torch.where(ends.cumsum(0) - ends == 0, rewards, 0.0).sum(0)

    def fixed(self, rows):
        """[rows] the row at every place where member m predicts rows m, m + members, … all along."""
        return torch.arange(rows).view(-1, self.members).T.reshape(-1)

    def evaluate(self, start, candidates, particles, orders):
        """candidates [n, horizon] to returns [n · particles]; orders [horizon, rows]: the row at every place of every
        step, or [1, rows] where rows stay where they are."""
        horizon, rows = candidates.shape[1], orders.shape[1]
        places = torch.empty_like(orders).scatter_(1, orders, torch.arange(rows).expand_as(orders))
        actions = candidates.T.gather(1, (orders // particles).expand(horizon, rows))
        moves = places[:-1].gather(1, orders[1:]) if len(orders) > 1 else None
        states = self.states(start, actions, moves)
        by_row = places.expand(horizon, rows).unsqueeze(-1).expand(-1, -1, 4)
        return self.returns(states.gather(1, by_row))


def open_rollouts(problem, compiled):
    rollouts = Rollouts(problem, compiled)
    particles = problem.spec["particles"]
    start, candidates = torch.from_numpy(problem["start"]), torch.from_numpy(problem["candidates"])
    order = rollouts.fixed(candidates.shape[0] * particles)

    def evaluate(start, candidates):
        """Rows stay with their member, so nothing needs to be rearranged but actions and returns."""
        actions = candidates.T[:, order // particles]
        returns = rollouts.returns(rollouts.states(start, actions))
        return torch.empty_like(returns).index_copy(0, order, returns)

    if compiled:
        evaluate = torch.compile(evaluate)

    @torch.inference_mode()
    def call():
        return evaluate(start, candidates).numpy()

    return Row(call, results={"returns": call()})


class Planner:
    """MPPI or CEM as Foresight's planners are (docs/planners), noise and members drawn by PyTorch."""

    def __init__(self, problem, compiled):
        self.spec = problem.spec
        self.rollouts = Rollouts(problem, compiled)
        self.members = self.rollouts.members
        self.rows = self.spec["candidates"] * self.spec["particles"]
        # Noise that is correlated over time as a product with a matrix: n = L ε.
        horizon, beta = self.spec["horizon"], self.spec.get("correlation", 0.0)
        age = torch.arange(horizon).view(-1, 1) - torch.arange(horizon)
        fresh = torch.full((horizon,), math.sqrt(1 - beta**2))
        fresh[0] = 1
        self.filter = torch.where(age >= 0, beta ** age.clamp(min=0).float(), 0.0) * fresh

    def orders(self):
        return torch.stack([torch.randperm(self.rows) for _ in range(self.spec["horizon"])])

    def evaluate(self, start, candidates, orders):
        returns = self.rollouts.evaluate(start, candidates, self.spec["particles"], orders)
        return returns.view(len(candidates), -1).mean(1)

    def refit(self, mean, std, candidates, scores):
        """The next distribution's mean and deviation."""
        spec = self.spec
        if spec["method"] == "mppi":
            spread = scores.std(correction=0)
            weights = torch.softmax((scores - scores.max()) / (spec["temperature"] * spread), 0)
            return weights @ candidates, std
        elites = candidates[scores.topk(spec["elites"]).indices]
        momentum = spec["momentum"]
        variance = momentum * std.square() + (1 - momentum) * elites.var(0, correction=0)
        return momentum * mean + (1 - momentum) * elites.mean(0), variance.sqrt()

    def draw(self, mean, std):
        spec = self.spec
        shape = spec["candidates"], spec["horizon"]
        if spec["method"] == "mppi":
            candidates = (mean + std * (torch.randn(shape) @ self.filter.T)).clamp(-1, 1)
            candidates[0] = mean.clamp(-1, 1)
            return candidates
        within = torch.minimum(std, torch.clamp(torch.minimum(mean + 1, 1 - mean) / 2, min=0.5 * spec["std"]))
        # Truncated at two deviations, by the inverse of the distribution function.
        bound = math.erf(math.sqrt(2))
        normals = torch.erfinv((2 * torch.rand(shape) - 1) * bound) * math.sqrt(2)
        return (mean + within * normals).clamp(-1, 1)

    def carried(self, observation):
        """The observation one step of holding still later, the members' mean."""
        rows = observation.expand(self.members, 1, 4)
        return self.rollouts.step(rows, torch.zeros(self.members, 1, 1)).mean(0).view(4)

    def futures(self, start, plan, candidates, noise):
        """The plan through every member, candidates to be drawn, and the plan with noise, four futures a member: mean and
        deviation over members [horizon + 1, 4], the expected return, the drawn trajectories, returns with noise."""
        members, horizon = self.members, len(plan)
        actions = torch.cat((plan.expand(members, -1), candidates, plan.expand(4 * members, -1)))
        order = self.rollouts.fixed(len(actions))
        states = self.rollouts.states(start, actions.T[:, order], None, noise)
        place = torch.empty_like(order).scatter_(0, order, torch.arange(len(order)))
        states = states[:, place]
        quiet = torch.cat((start.expand(1, members, 4), states[:, :members]))
        returns = self.rollouts.returns(states)
        drawn = states[:, members : members + len(candidates)]
        noisy = returns[members + len(candidates) :].view(4, members)
        within = noisy.var(0, correction=1).mean()
        between = (noisy.mean(0).var(correction=0) - within * (members - 1) / (members * 4)).clamp(min=0)
        share = between / (between + within)
        return quiet.mean(1), quiet.std(1, correction=0), returns[:members].mean(), drawn, noisy, share

    def noise(self, drawn):
        """[horizon, members, rows, 4] of which only the last four rows a member are noisy."""
        noise = torch.zeros(self.spec["horizon"], self.members, 1 + drawn // self.members + 4, 4)
        noise[:, :, -4:] = torch.randn(self.spec["horizon"], self.members, 4, 4)
        return noise

    def plan(self, observation, previous):
        spec = self.spec
        start = self.carried(observation)
        mean = torch.cat((previous[1:], previous[-1:]))
        std = torch.full_like(mean, spec["std"])
        for _ in range(spec["iterations"]):
            candidates = self.draw(mean, std)
            scores = self.evaluate(start, candidates, self.orders())
            mean, std = self.refit(mean, std, candidates, scores)
        plan = mean.clamp(-1, 1)
        tried = candidates[:: len(candidates) // spec["drawn"]][: spec["drawn"]]
        return plan, self.futures(start, plan, tried, self.noise(spec["drawn"]))

    def checked(self, observation, candidates, scores, plan):
        """What Foresight computed for the same candidates, the same scores and the same plan."""
        start = self.carried(observation)
        order = self.rollouts.fixed(self.rows).unsqueeze(0)
        returns = self.rollouts.evaluate(start, candidates, self.spec["particles"], order)
        mean = torch.zeros(candidates.shape[1])
        mean, _ = self.refit(mean, torch.full_like(mean, self.spec["std"]), candidates, scores)
        tried = candidates[: self.spec["drawn"]]
        future = self.futures(start, plan, tried, torch.zeros_like(self.noise(len(tried))))
        named = zip(("trajectory", "spread", "expectedReturn"), future)
        return {"start": start, "returns": returns, "mean": mean, **dict(named)}


def open_plan(problem, compiled):
    planner = Planner(problem, compiled)
    observations = torch.from_numpy(problem["observations"])
    previous, asked = torch.zeros(problem.spec["horizon"]), 0
    plan = torch.compile(planner.plan) if compiled else planner.plan

    @torch.inference_mode()
    def call():
        nonlocal previous, asked
        previous, futures = plan(observations[asked % len(observations)], previous)
        asked += 1
        return [part.numpy() for part in (previous, *futures)]

    candidates, scores, given = (torch.from_numpy(problem[name]) for name in ("candidates", "scores", "plan"))
    planned, trajectory = (torch.from_numpy(part) for part in call()[:2])
    with torch.inference_mode():
        results = planner.checked(observations[0], candidates, scores, given)
        expected = planner.checked(observations[0], candidates, scores, planned)["trajectory"]
    if not torch.allclose(trajectory, expected, rtol=1e-3, atol=1e-4):
        raise ArithmeticError("the trajectory of a plan is not the one of its actions")
    return Row(call, results={name: value.numpy() for name, value in results.items()})


# --- matrix products


def open_product(problem, compiled):
    a, b = torch.from_numpy(problem["a"]), torch.from_numpy(problem["b"])

    @torch.inference_mode()
    def call():
        product = a
        for _ in range(problem.spec["chain"]):
            product = product @ b

    return Row(call)


KINDS = {
    "training": open_training,
    "rollouts": open_rollouts,
    "plan": open_plan,
    "product": open_product,
    "latent": open_latent,
    "sac": open_sac,
    "imagined": lambda problem, compiled: open_imagined(problem, compiled, Rollouts(problem, compiled)),
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--compiled", action="store_true")
    flags = parser.parse_args()
    torch.set_num_threads(flags.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    serve(
        lambda: {"version": torch.__version__, "threads": torch.get_num_threads()},
        lambda problem: KINDS[problem.spec["kind"]](problem, flags.compiled),
    )
