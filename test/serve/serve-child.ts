/** `foresight serve` on the workspace argv[2] with the window in argv[3], as a process of its own; tells the test where. */
import { DEFECT, surviveDefects } from '../../src/main/processes/defects';
import { serve } from '../../src/main/serve/serve';

const [folder = '', assets = ''] = process.argv.slice(2);
const served = await serve({ folder, assets, version: '1.2.3', onFailed: () => process.exit(1) });
// As the command line does.
surviveDefects(() => served.stop(DEFECT));
const tell = () => process.send?.({ address: served.address, corePid: served.corePid() });
process.on('message', tell);
process.on('disconnect', () => void served.close().then(() => process.exit(0)));
tell();
