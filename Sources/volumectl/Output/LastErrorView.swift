internal import Identity
internal import TaskFlow
internal import VolumeAPI

/// The reason why an object is in its status, as JSON.
struct LastErrorView: Encodable {
    /// The code of the error: `driver_failed`, `revert_incomplete`.
    let code: String
    /// The step that failed.
    @Nullable var step: String?
    /// The pool whose driver failed.
    @Nullable var backend: String?
    let at: String
    let message: String
    let flow: String

    /// The last error of an object that a flow has left in its present status.
    ///
    /// - Returns: `nil` if no event tells of it.
    init?(of object: String, _ flow: FlowID, _ service: any VolumeClient) async {
        var events = service.eventPages(EventSelection(object: object, newest: 10), of: 10).makeAsyncIterator()
        guard let page = try? await events.next(),
            let event = page.readable.last(where: { $0.flow == flow && $0.payload.error != nil }),
            let error = event.payload.error
        else { return nil }
        (code, message, at) = (error.code, error.message, event.at.timestamp)
        _step = Nullable(wrappedValue: error.step)
        _backend = Nullable(wrappedValue: event.payload.host)
        self.flow = flow.description
    }

    /// The place of the error, for people.
    var words: String {
        "\(code)" + (step.map { " in step \($0)" } ?? "") + (backend.map { ", pool \($0)" } ?? "") + ", \(at)"
    }
}

extension Table {
    /// The rows that say why an object is in its status, and what to do.
    static func rows(of message: String?, _ error: LastErrorView?, next remedies: [Remedy]) -> [[String]] {
        guard let message else { return [] }
        let failed = error.map { [["failed", $0.words]] } ?? []
        return [["why", message]] + failed + remedies.map { ["next", $0.text] }
    }
}
