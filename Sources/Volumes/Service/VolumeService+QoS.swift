internal import SQL
internal import SQLStore
public import VolumeAPI

extension VolumeService {
    /// Lists all QoS specs, by their names.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`.
    public func qosSpecs() async throws(VolumeError) -> [QoSSpecs] {
        try require(.getQoS, "cannot list QoS specs")
        return try await read { try QoSTable(connection: $0).list() }
    }

    /// Returns the QoS specs with this name.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`.
    public func qosSpecs(named name: String) async throws(VolumeError) -> QoSSpecs {
        try require(.getQoS, "cannot look at QoS specs \(name.quoted)")
        guard let qos = try await read({ try QoSTable(connection: $0).find(name) }) else {
            throw VolumeError.noQoS(name)
        }
        return qos
    }

    /// Creates QoS specs.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `invalidInput`; `conflict` if there are some with this name.
    @discardableResult
    public func createQoSSpecs(_ name: String, _ change: QoSChange) async throws(VolumeError) -> QoSSpecs {
        let subject = "create QoS specs \(name.quoted)"
        return try await changeQoS(name, to: subject, "create") { table, _ in
            let qos = QoSSpecs(name: name, consumer: .backEnd, specs: [:], types: []).changed(by: change)
            try qos.check(to: subject)
            if try table.insert(qos) { return qos }
            throw VolumeError(
                .conflict,
                "cannot \(subject): there are some with this name",
                remedies: [.showQoS(name), .listQoS]
            )
        }
    }

    /// Changes QoS specs.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `invalidInput`.
    @discardableResult
    public func changeQoSSpecs(_ name: String, _ change: QoSChange) async throws(VolumeError) -> QoSSpecs {
        let subject = "change QoS specs \(name.quoted)"
        let onlyRemoves = change.specs.isEmpty && change.consumer == nil && !change.removedSpecs.isEmpty
        return try await changeQoS(name, to: subject, onlyRemoves ? "delete_keys" : "update") { table, _ in
            let qos = try table.find(name).orNoQoS(name).changed(by: change)
            try qos.check(to: subject)
            try table.update(qos)
            return qos
        }
    }

    /// Removes QoS specs and returns them as they were.
    ///
    /// - Parameter force: whether to remove them although volume types refer to them.
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `conflict` if volume types refer to them.
    @discardableResult
    public func removeQoSSpecs(_ name: String, force: Bool) async throws(VolumeError) -> QoSSpecs {
        let subject = "remove QoS specs \(name.quoted)"
        return try await changeQoS(name, to: subject, "delete") { table, _ in
            let qos = try table.find(name).orNoQoS(name)
            guard qos.types.isEmpty || force else {
                throw VolumeError(
                    .conflict,
                    "cannot \(subject): volume types refer to them",
                    cause: "the types are \(qos.types.joined(separator: ", "))",
                    remedies: [.disassociateQoS(name), .showQoS(name)]
                )
            }
            try table.remove(name)
            return qos
        }
    }

    /// Has a volume type refer to QoS specs, in place of others.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound` without such QoS specs or such a type.
    @discardableResult
    public func associateQoSSpecs(_ name: String, withType type: String) async throws(VolumeError) -> QoSSpecs {
        let subject = "associate QoS specs \(name.quoted) with volume type \(type.quoted)"
        return try await changeQoS(name, to: subject, "associate", type) { table, types in
            _ = try table.find(name).orNoQoS(name)
            guard try types.find(type) != nil else { throw VolumeError.noType(type, to: subject) }
            try table.associate(name, withType: type)
            return try table.find(name).orNoQoS(name)
        }
    }

    /// Has a volume type, or all, no longer refer to QoS specs. Idempotent.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound` without such QoS specs or such a type.
    @discardableResult
    public func disassociateQoSSpecs(_ name: String, fromType type: String?) async throws(VolumeError) -> QoSSpecs {
        let subject = "disassociate QoS specs \(name.quoted)"
        let event = type == nil ? "disassociate_all" : "disassociate"
        return try await changeQoS(name, to: subject, event, type) { table, types in
            _ = try table.find(name).orNoQoS(name)
            if let type, try types.find(type) == nil { throw VolumeError.noType(type, to: subject) }
            try table.disassociate(name, fromType: type)
            return try table.find(name).orNoQoS(name)
        }
    }

    /// Runs `body` in a transaction, and records an event if it has changed the QoS specs.
    ///
    /// - Parameters:
    ///   - name: the name of the QoS specs.
    ///   - subject: the request, as the words after "cannot".
    ///   - verb: the last word of the event's name.
    ///   - type: the volume type that the event names.
    private func changeQoS(
        _ name: String,
        to subject: String,
        _ verb: String,
        _ type: String? = nil,
        _ body: @escaping @Sendable (QoSTable, TypeTable) throws -> QoSSpecs
    ) async throws(VolumeError) -> QoSSpecs {
        try require(.changeQoS, "cannot \(subject)")
        return try await transact { [scope] transaction in
            let table = QoSTable(connection: transaction.connection)
            let before = try table.find(name)
            let result = try body(table, TypeTable(connection: transaction.connection))
            if try table.find(name) != before {
                let event = Event("qos_specs.\(verb)", of: name, by: scope) { payload in
                    payload.volumeType = type
                    payload.metadata = result.specs
                }
                try EventTable(connection: transaction.connection).insert(event)
            }
            return result
        }
    }
}

extension QoSSpecs {
    fileprivate func changed(by change: QoSChange) -> QoSSpecs {
        QoSSpecs(
            name: name,
            consumer: change.consumer ?? consumer,
            specs: specs.filter { !change.removedSpecs.contains($0.key) }.merging(change.specs) { $1 },
            types: types
        )
    }

    /// Checks that the QoS specs can be stored and printed.
    fileprivate func check(to subject: String) throws(VolumeError) {
        func refuse(_ problem: String) -> VolumeError {
            VolumeError(.invalidInput, "cannot \(subject): \(problem)", remedies: [.listQoS])
        }
        guard (try? VolumeName(validating: name)) != nil else {
            throw refuse(
                "a name is 1 to 63 letters, digits, '.', '_' or '-' of ASCII, and begins with a letter or a digit"
            )
        }
        for (key, value) in specs {
            guard VolumeAttributes.isKey(key, with: ":"), VolumeAttributes.isText(value) else {
                throw refuse("\(key.quoted) = \(value.quoted) is no spec")
            }
        }
    }
}

extension QoSSpecs? {
    fileprivate func orNoQoS(_ name: String) throws(VolumeError) -> QoSSpecs {
        guard let self else { throw VolumeError.noQoS(name) }
        return self
    }
}

extension VolumeError {
    fileprivate static func noQoS(_ name: String) -> VolumeError {
        VolumeError(.notFound, "there are no QoS specs \(name.quoted)", remedies: [.listQoS])
    }
}
