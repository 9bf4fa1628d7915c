export { errorEventJsonLine, eventJsonLine, resultJson, resultJsonLine } from './json';
