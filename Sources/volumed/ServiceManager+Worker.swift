internal import Supervision
internal import Volumes

extension ServiceManager {
    /// Tells the manager what a worker tells. It hears of a worker that the database does not answer, too, as a restart would not
    /// help that; and nothing of one that hangs.
    func note(_ event: HostWorker.Event) {
        switch event {
        case .ready: tellReady()
        case .stopping: tellStopping()
        case .looked: tellAlive()
        case .took, .settled, .failed: break
        }
    }
}
