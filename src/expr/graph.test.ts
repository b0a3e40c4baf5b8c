import { describe, expect, it } from 'vitest';
import { defineNeuron } from './define-neuron.ts';
import { gradients } from './differentiate.ts';
import { Graph } from './graph.ts';
import { localJacobians } from './jacobians.ts';
import { triangular } from './pseudo-derivatives.ts';

describe('Graph', () => {
  const graph = new Graph();
  const x = graph.add({ op: 'input', name: 'x' });
  const y = graph.add({ op: 'input', name: 'y' });
  const [zero, one] = [graph.const(0), graph.const(1)];

  it('shares equal expressions, whatever the order of a sum', () => {
    expect(graph.binary('add', x, y)).toBe(graph.binary('add', y, x));
    expect(graph.binary('sub', x, y)).not.toBe(graph.binary('sub', y, x));
  });

  it('drops what does nothing', () => {
    expect(graph.binary('mul', x, zero)).toBe(zero);
    expect(graph.binary('mul', one, x)).toBe(x);
    expect(graph.binary('add', x, zero)).toBe(x);
    expect(graph.binary('div', x, one)).toBe(x);
    expect(graph.select(graph.binary('lt', x, y), x, x)).toBe(x);
    expect(graph.power(x, 1)).toBe(x);
    expect(graph.constant(graph.power(graph.const(2), -3))).toBe(0.125);
  });

  it('ends negations in subtractions', () => {
    const minusX = graph.unary('neg', x);
    expect(graph.binary('add', y, minusX)).toBe(graph.binary('sub', y, x));
    expect(graph.binary('add', y, graph.binary('mul', minusX, y))).toBe(
      graph.binary('sub', y, graph.binary('mul', x, y)),
    );
    expect(graph.unary('neg', minusX)).toBe(x);
  });

  it('differentiates a product and a quotient', () => {
    const own = new Graph(graph);
    const adjoint = gradients(own, [[own.binary('mul', x, y), one]]);
    expect([adjoint(x), adjoint(y)]).toEqual([y, x]);
  });
});

describe('localJacobians', () => {
  const cell = defineNeuron({
    name: 'cell',
    params: { p: { symbol: 'p', unit: '1', default: 0.5, doc: 'parameter' } },
    state: { v: 'potential', a: 'adaptation' },
    inputs: { I: 'input' },
    equations: "a' = p * a + z\nv' = p * v + I\nz' = spike(v' - p * a')",
    pseudoDerivative: triangular(),
  });

  it('has structural zeros and plain parameters as they are', () => {
    const { graph, stateByState, stateByInput, stateByPrevious, outputByOldState } = localJacobians(cell.step);
    const p = graph.add({ op: 'param', name: 'p' });
    expect(stateByState).toEqual({ v: { v: p, a: graph.const(0) }, a: { v: graph.const(0), a: p } });
    expect(stateByInput).toEqual({ v: { I: graph.const(1) }, a: { I: graph.const(0) } });
    expect(stateByPrevious).toEqual({ v: graph.const(0), a: graph.const(1) });
    expect(outputByOldState).toEqual({ v: graph.const(0), a: graph.const(0) });
  });
});
