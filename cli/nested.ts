/** Values by name, where a name with dots became objects in objects. */
export interface Nested<V> {
  readonly [name: string]: V | Nested<V>;
}

/**
 * Groups what has a name with a dot: `{ 'pattern.bptt': 1 }` becomes `{ pattern: { bptt: 1 } }`. A name whose group has
 * a value of its own stays as it is, so that nothing is lost.
 */
export function nested<V>(values: Readonly<Record<string, V>>): Nested<V> {
  const groups = new Map<string, Record<string, V>>();
  const result: Record<string, V | Nested<V>> = {};
  for (const [name, value] of Object.entries(values)) {
    const dot = name.indexOf('.');
    const group = name.slice(0, Math.max(dot, 0));
    if (dot <= 0 || Object.hasOwn(values, group)) {
      result[name] = value;
      continue;
    }
    if (!groups.has(group)) groups.set(group, {});
    groups.get(group)![name.slice(dot + 1)] = value;
    result[group] = {};
  }
  for (const [group, own] of groups) result[group] = nested(own);
  return result;
}
