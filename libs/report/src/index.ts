export { eventJsonLine, resultJson, resultJsonLine } from './json';
