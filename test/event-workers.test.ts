import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cobaExp,
  defineSynapse,
  type EventNetworkSpec,
  EventSimulation,
  fixedProbability,
  iafPscDelta,
  iafPscExp,
  leakyReadout,
  NumericsError,
  normal,
  ParameterError,
  PartitionedSimulation,
  poissonSource,
  randomPairs,
  uniform,
} from 'volley';
import { eventThreads } from 'volley/io';

const conductances: EventNetworkSpec = {
  populations: {
    exc: { size: 400, model: cobaExp(), start: { v: uniform(-60, -50), gE: normal({ mean: 40, sd: 15 }) } },
    inh: { size: 100, model: cobaExp(), start: { v: uniform(-60, -50) } },
  },
  projections: {
    ee: { from: 'exc', to: 'exc', input: 'exc', topology: fixedProbability(0.1), weights: 6 },
    ei: { from: 'exc', to: 'inh', input: 'exc', topology: fixedProbability(0.1), weights: 6 },
    ie: { from: 'inh', to: 'exc', input: 'inh', topology: fixedProbability(0.1), weights: 67 },
  },
  poisson: { kick: { to: 'exc', input: 'exc', rate: 300, weights: 6 } },
};

const delayed: EventNetworkSpec = {
  populations: {
    a: { size: 300, model: iafPscExp({ tauE: 0.5, tauI: 0.5 }), start: { v: normal({ mean: -58, sd: 5 }) } },
    b: { size: 70, model: iafPscDelta() },
  },
  projections: {
    aa: {
      ...{ from: 'a', to: 'a', input: 'exc', topology: randomPairs(9000), weights: normal({ mean: 60, sd: 6 }) },
      delay: normal({ mean: 15, sd: 3 }),
    },
    ab: { from: 'a', to: 'b', topology: fixedProbability(0.2), weights: 2, delay: 4 },
  },
  poisson: { a: { to: 'a', input: 'exc', rate: 9000, weights: 100 } },
};

const open: PartitionedSimulation[] = [];
afterEach(async () => {
  for (const simulation of open.splice(0)) await simulation.close();
});

async function onThreads(spec: EventNetworkSpec, workers: number): Promise<PartitionedSimulation> {
  const simulation = await PartitionedSimulation.create(spec, { seed: 3, executor: eventThreads({ workers }) });
  open.push(simulation);
  return simulation;
}

describe.each(Object.entries({ conductances, delayed }))('%s', (_, spec) => {
  it('has the same bits on 1, 2, 3 and 4 worker threads and on none', async () => {
    const whole = new EventSimulation(spec, { seed: 3 });
    const wanted = whole.run(400);
    for (const count of Object.values(wanted.counts)) expect(count).toBeGreaterThan(100);
    for (const workers of [1, 2, 3, 4]) {
      const simulation = await onThreads(spec, workers);
      expect(await simulation.run(400), `${workers} workers`).toEqual(wanted);
      for (const name of Object.keys(spec.populations)) {
        expect(await simulation.state(name, 'v')).toEqual(whole.state(name, 'v'));
      }
    }
  });
});

/** All that a synapse may have to be sent: equations, parameters, initial values, signals of both kinds, draws. */
const rule = defineSynapse({
  name: 'rewarded',
  params: { eta: { symbol: 'η', unit: '1', default: 0.1, doc: 'learning rate' } },
  synapse: { w: 'weight', e: 'eligibility' },
  pre: { x: 'trace' },
  post: { y: 'trace' },
  signals: { reward: 'reward', critic: 'expected reward' },
  onPre: `
    x' = x + 1
    w' = w - eta * y * uniform()`,
  onPost: `
    y' = y + 1
    e' = e + x * bernoulli(0.5)`,
  onStep: `
    x' = 0.9 * x
    y' = 0.9 * y
    e' = 0.95 * e
    w' = w + 0.01 * eta * (reward - critic) * e`,
});

const plastic: EventNetworkSpec = {
  populations: {
    source: { size: 200, model: poissonSource({ rate: 0.3 }) },
    cells: { size: 260, model: iafPscDelta() },
    critic: { size: 1, model: leakyReadout() },
  },
  projections: {
    in: {
      ...{
        from: 'source',
        to: 'cells',
        topology: fixedProbability(0.2),
        weights: uniform(0.5, 1),
        delay: uniform(1, 4),
      },
      ...{ synapse: rule({ eta: 0.02 }), initial: { e: normal({ sd: 0.1 }) } },
    },
    judge: { from: 'cells', to: 'critic', topology: fixedProbability(1), weights: 0.02, delay: 2 },
  },
  signals: { reward: 0.5 },
};

describe('plastic synapses', () => {
  it('have the same bits on 2 and 3 worker threads and on none, with signals on the way and after a reset', async () => {
    const story = async (simulation: EventSimulation | PartitionedSimulation) => {
      const told = [];
      for (const reward of [0, 3]) {
        await simulation.signal('reward', reward);
        told.push(await simulation.run(150));
        const { pre, post, delay, variables } = await simulation.plasticSynapses('in');
        // Long arrays of typed numbers are compared fastest as texts.
        told.push([pre, post, delay, ...Object.values(variables)].map(String), Object.keys(variables));
      }
      return told;
    };
    const whole = new EventSimulation(plastic, { seed: 3 });
    const wanted = await story(whole);
    expect(wanted[0]).toHaveProperty(
      'counts.cells',
      expect.toSatisfy((count: number) => count > 100),
    );
    for (const workers of [2, 3]) {
      const simulation = await onThreads(plastic, workers);
      expect(simulation.synapses).toBe(whole.synapses);
      expect(await story(simulation), `${workers} workers`).toEqual(wanted);
      await simulation.reset();
      expect(await story(simulation), `${workers} workers, anew`).toEqual(wanted);
    }
  });

  it('that were not called are refused before they are sent', async () => {
    const { in: projection } = plastic.projections;
    const spec = { ...plastic, projections: { in: { ...projection, synapse: rule } } };
    await expect(onThreads(spec as unknown as EventNetworkSpec, 2)).rejects.toThrow('a model that was not called');
  });
});

describe('errors on worker threads', () => {
  it('that a network has are the typed ones of EventSimulation', async () => {
    const wrong = { ...conductances, poisson: { kick: { to: 'exc', input: 'exc', rate: -1, weights: 6 } } };
    await expect(onThreads(wrong, 2)).rejects.toThrow(ParameterError);
    await expect(onThreads(conductances, 99)).rejects.toThrow(/expected 1 to 9 parts, got 99/);
    expect(() => eventThreads({ workers: 0 })).toThrow(/1 worker or more/);
  });

  it('name the state that is not finite, after which a reset helps', async () => {
    const spec: EventNetworkSpec = {
      ...delayed,
      poisson: { ...delayed.poisson, bad: { to: 'b', rate: 20, weights: -3e38 } },
    };
    const wanted = (() => {
      try {
        return new EventSimulation(spec, { seed: 3 }).run(3000);
      } catch (error) {
        return error as NumericsError;
      }
    })();
    const simulation = await onThreads(spec, 3);
    for (let again = 0; again < 2; again++) {
      const error: unknown = await simulation.run(3000).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NumericsError);
      expect(error).toMatchObject({ message: (wanted as NumericsError).message, fields: { population: 'b' } });
      await simulation.reset();
    }
  });

  it('come instead of a hang when a thread is killed, in a run, before it and while another waits', () => {
    const script = `
      const threads = [];
      process.on('worker', (worker) => threads.push(worker));
      Promise.all([import('volley'), import('volley/io')]).then(async ([volley, { eventThreads }]) => {
        const spec = { populations: { n: { size: 1000, model: volley.cobaExp() } }, projections: {
          nn: { from: 'n', to: 'n', input: 'exc', topology: volley.fixedProbability(0.1), weights: 1 } } };
        const create = () => volley.PartitionedSimulation.create(spec, { seed: 1, executor: eventThreads({ workers: 3 }) });
        const report = (error) => console.log(error.name, error.message);
        const one = await create();
        const running = one.run(1e8);
        setTimeout(() => threads[1].terminate(), 300);
        await running.catch(report);
        await one.run(1).catch(report);
        await one.close();
        const two = await create();
        await threads[4].terminate();
        await two.run(10).catch(report);
        await two.close();
        const three = await create();
        setTimeout(() => three.close(), 300);
        await three.run(1e8).catch(report);
      });`;
    const run = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 50_000 });
    expect(run.stderr).toBe('');
    expect(run.stdout.trim().split('\n')).toEqual([
      'WorkerError eventThreads: expected worker 1 to go on, got its end with code 1',
      'WorkerError eventThreads: expected worker 1 to go on, got its end with code 1',
      'WorkerError eventThreads: expected worker 1 to go on, got its end with code 1',
      'WorkerError eventThreads: expected a call before close, got one after',
    ]);
    expect(run).toMatchObject({ status: 0, signal: null });
  });
});
