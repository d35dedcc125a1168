/** `npm run bench -- schedule`: seconds of processor time that the scheduler takes for a build of 10,000 elements, all queues and jobs, in several shapes. Ours alone. */
import * as Simulator from "@millrace/core/schedule/Simulator";
import { ageing, buildPlan, shapes } from "../support/plans.ts";

const size = 10_000;

/** Prints a line for each shape. */
export function benchSchedule(): void {
  for (const [name, shape] of Object.entries(shapes)) {
    const before = process.cpuUsage();
    const { jobs } = Simulator.run(buildPlan(shape, size), ageing);
    const { user, system } = process.cpuUsage(before);
    console.log(`${name.padEnd(8)} ${jobs.length} jobs ${((user + system) / 1e6).toFixed(2)} s`);
  }
}
