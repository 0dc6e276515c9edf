internal import Identity
internal import TaskFlow
internal import Varlink
internal import VolumeAPI

extension LocalAPI {
    /// The methods about flows.
    var flowMethods: [Handler] {
        [
            method("GetFlow") { (parameters: OneFlow, client) in try await answer(parameters.flow, client).answer },
            list("ListFlows") { (parameters: Page, client, send) in
                let limit = try CallParameter.limit(parameters.limit ?? 50)
                let marker: FlowID? =
                    if let after = parameters.after { try await client.flow(after).detail.id } else { nil }
                for try await page in client.flowPages(after: marker, limit: limit, of: min(limit, 1000)) {
                    for flow in page { try await send(try Answer("flow", FlowView(flow))) }
                    for row in page.unreadable { try await send(try Answer("flow", FlowView(unreadable: row))) }
                }
            },
            watch("WatchFlow") { (parameters: OneFlow, client, replies) in
                var last: Answer?
                while true {
                    let (now, isFinished) = try await answer(parameters.flow, client)
                    if isFinished { return now }
                    if now != last { try await replies.send(now) }
                    last = now
                    guard !isStopping() else { return nil }
                    try await Task.sleep(for: .milliseconds(200))
                }
            },
            method("WaitForFlow") { (parameters: OneFlow, client) in
                let flow = try await client.flowID(parameters.flow)
                try await client.wait(for: flow, control: RequestControl(waiting: parameters.waitSeconds))
                return try await answer(flow.description, client).answer
            },
            method("CancelFlow") { (parameters: OneFlow, client) in
                let flow = try await client.flowID(parameters.flow)
                try await client.cancel(flow, control: RequestControl(waiting: parameters.waitSeconds))
                return try await answer(flow.description, client).answer
            },
            method("RetryFlow") { (parameters: OneFlow, client) in
                let flow = try await client.flowID(parameters.flow)
                try await client.retry(flow, control: RequestControl(waiting: parameters.waitSeconds))
                return try await answer(flow.description, client).answer
            },
        ]
    }

    /// The reply with a flow and its journal, and whether the flow has ended.
    private func answer(_ flow: String, _ client: any VolumeClient) async throws -> (answer: Answer, isFinished: Bool) {
        let (detail, journal) = try await client.flow(flow)
        // Hosts are not shown to everybody.
        let hosts = detail.state.isFinished ? [] : (try? await client.hosts()) ?? []
        return (try Answer("flow", FlowView(detail, journal: journal, hosts: hosts)), detail.state.isFinished)
    }

    private struct OneFlow: Decodable {
        let flow: String
        let waitSeconds: Int64?

        private enum CodingKeys: String, CodingKey {
            case flow
            case waitSeconds = "wait_seconds"
        }
    }
}
