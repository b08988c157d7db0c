export { type ChannelVerdict, trivialError, verdict } from '../../shared/verdict';
