import TaskFlow

/// How a flow of many features ends, and what happens to it on the way.
enum FeatureCourse: CaseIterable {
    case success
    /// The last step fails in every attempt.
    case reverted
    /// It is suspended again and again, and goes on.
    case suspended
    /// It fails in every attempt, and is suspended in its rollback, too.
    case suspendedInRollback
    /// It succeeds, is reset, and runs again.
    case reset
    /// It is reverted, is reset, and runs again.
    case resetAfterRevert

    var fails: Bool { [.reverted, .suspendedInRollback, .resetAfterRevert].contains(self) }
    var suspends: Bool { [.suspended, .suspendedInRollback].contains(self) }
    var resets: Bool { [.reset, .resetAfterRevert].contains(self) }
}

/// Two attempts at a graph with deciders, and a subflow that has a time limit and a retry of its own. In the first attempt
/// 'b' and 'c' are ignored, in the second 'g' and 'h'.
func featureFlow(_ course: FeatureCourse, in world: World) throws -> Flow<Size> {
    try Flow("features", taking: Size.self, retry: Step(Times(2), named: "outer")) {
        GraphFlow("graph") {
            making("a", in: world)
            making("b", in: world)
            booking("c")
            making("d", in: world)
            LinearFlow("timed", retry: Step(Times(2), named: "inner").writing(\.$attempt, to: "try")) {
                booking("e")
                attempting("f", in: world).reading(\.$inner, from: "try")
            }
            .within(.seconds(3600))
            UnorderedFlow("unordered") {
                booking("g")
                making("h", in: world)
            }
        }
        .linking("a", to: "b", depth: .neighbors) { (input: Times.Output) in input.attempt == 2 }
        .linking("b", to: "c").linking("c", to: "d")
        .linking("a", to: "timed")
        .linking("d", to: "unordered", depth: .flow) { (input: Times.Output) in input.attempt == 1 }
        .linking("timed", to: "unordered")
        Step(
            External { (input: Times.Output) in
                try world.make("last-\(input.attempt)")
                if input.attempt == 1 || course.fails { throw Woot() }
                return Nothing()
            } undoing: { input, _ in
                try world.remove("last-\(input.attempt)")
            },
            named: "last"
        )
    } concluding: { _, end, ledger in
        (ledger as LedgerTransaction).write("end \(end.state.rawValue)")
    }
}

private func making(_ name: String, in world: World) -> Step<External<Nothing, Nothing>> {
    Step(
        External { (_: Nothing) in
            try world.make(name)
            return Nothing()
        } undoing: { _, _ in
            try world.remove(name)
        },
        named: name
    )
}

private func booking(_ name: String) -> Step<Transactional<Nothing, Nothing>> {
    Step(
        Transactional { (_: Nothing, ledger) in
            ledger.write("book \(name)")
            return Nothing()
        } undoing: { _, _, ledger in
            ledger.write("free \(name)")
        },
        named: name
    )
}

private struct Attempts: Fields {
    @Field var attempt: Int
    @Field var inner: Int
}

/// Fails in the first inner attempt.
private func attempting(_ name: String, in world: World) -> Step<External<Attempts, Nothing>> {
    Step(
        External { (input: Attempts) in
            try world.make("\(name)-\(input.attempt)-\(input.inner)")
            if input.inner == 1 { throw Woot() }
            return Nothing()
        } undoing: { input, _ in
            try world.remove("\(name)-\(input.attempt)-\(input.inner)")
        },
        named: name
    )
}
