internal import FoundationEssentials
internal import Identity
internal import SQL
internal import SQLStore
public import VolumeAPI

extension VolumeService {
    /// Lists the project's groups, by their names.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`.
    public func groups() async throws(VolumeError) -> [VolumeGroup] {
        try require(.listGroups, "cannot list groups")
        return try await read { [project] in try GroupTable(connection: $0).list(project: project) }
    }

    /// Returns the group with this complete name or id.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`.
    public func group(named reference: String) async throws(VolumeError) -> VolumeGroup {
        try require(.getGroup, "cannot look at group \(reference.quoted)")
        return try await read { [project] connection in
            try GroupTable(connection: connection).find(reference, project: project).orNoGroup(reference)
        }
    }

    /// Returns the volumes of a group, oldest first.
    ///
    /// - Parameter reference: the group's complete name or id.
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`.
    public func volumes(ofGroup reference: String) async throws(VolumeError) -> [Volume] {
        let group = try await group(named: reference)
        return try await read { try VolumeTable(connection: $0).list(of: group.id) }
    }

    /// Creates a group. Idempotent: a group of the project with the same name, description and types is returned.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `invalidInput`; `notFound` for a type that the project may not use;
    ///   `conflict` if there is another group with the name; `quotaExceeded`.
    @discardableResult
    public func createGroup(_ request: GroupRequest) async throws(VolumeError) -> CreatedGroup {
        let subject = "create group \"\(request.name)\""
        return try await changeGroups(.createGroup, to: subject) { [project, limits, scope] connection in
            try request.check(to: subject)
            let groups = GroupTable(connection: connection)
            if let found = try groups.find(request.name.description, project: project) {
                guard found.description == request.description, Set(found.types) == request.types else {
                    throw VolumeError.nameTaken(by: found, to: subject)
                }
                return CreatedGroup(group: found, isNew: false)
            }
            for type in request.types.sorted()
            where try TypeTable(connection: connection).find(type, for: project) == nil {
                throw VolumeError.noType(type, to: subject)
            }
            let quota = QuotaTable(connection: connection)
            do {
                try quota.check([.groups: 1], ceilings: [:], of: project, within: limits)
            } catch let error as QuotaExceeded {
                throw VolumeError(
                    .quotaExceeded,
                    "cannot \(subject): \(error.words)",
                    cause: error.numbers,
                    remedies: error.raises + [.showQuota, .listGroups]
                )
            }
            let group = VolumeGroup(
                id: .random(),
                project: project,
                name: request.name,
                description: request.description,
                types: request.types.sorted(),
                createdAt: Date()
            )
            try groups.insert(group)
            try quota.use([.groups: 1], of: project)
            try EventTable(connection: connection).insert(Event("group.create.end", group, by: scope))
            // The stored time is not as exact.
            return CreatedGroup(group: try groups.find(group.id).orNoGroup(group.name.description), isNew: true)
        }
    }

    /// Changes a group's name or description.
    ///
    /// - Parameter reference: a complete name or id.
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `invalidInput`; `conflict` if another group of the project has
    ///   the name.
    @discardableResult
    public func changeGroup(_ reference: String, _ change: GroupChange) async throws(VolumeError) -> VolumeGroup {
        let subject = "change group \(reference.quoted)"
        return try await changeGroups(.updateGroup, to: subject) { [project, scope] connection in
            let groups = GroupTable(connection: connection)
            let group = try groups.find(reference, project: project).orNoGroup(reference)
            let request = GroupRequest(
                name: change.name ?? group.name,
                description: change.description ?? group.description
            )
            try request.check(to: subject)
            if let other = try groups.find(request.name.description, project: project), other.id != group.id {
                throw VolumeError.nameTaken(by: other, to: subject)
            }
            try groups.update(group.id, name: request.name, description: request.description)
            let changed = try groups.find(group.id).orNoGroup(reference)
            try EventTable(connection: connection).insert(Event("group.update.end", changed, by: scope))
            return changed
        }
    }

    /// Runs `body` in a transaction.
    func changeGroups<Result: Sendable>(
        _ rule: Policy.Rule,
        to subject: String,
        _ body: @escaping @Sendable (any SQLConnection) throws -> Result
    ) async throws(VolumeError) -> Result {
        try require(rule, "cannot \(subject)", instead: .listGroups)
        return try await transact { try body($0.connection) }
    }
}

extension GroupRequest {
    fileprivate func check(to subject: String) throws(VolumeError) {
        guard VolumeAttributes.isText(description) else {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): its description can't be stored",
                cause: "a description is at most 255 characters, without control characters",
                remedies: [.advice("correct it, and try again")]
            )
        }
    }
}

extension VolumeGroup? {
    /// Unwraps a group.
    ///
    /// - Parameter subject: the request, as the words after "cannot"; `nil` if it is about the group itself.
    /// - Throws: `notFound`.
    func orNoGroup(_ reference: String, to subject: String? = nil) throws(VolumeError) -> VolumeGroup {
        if let self { return self }
        throw VolumeError(
            .notFound,
            (subject.map { "cannot \($0): " } ?? "") + "there is no group \(reference.quoted)",
            remedies: [.listGroups]
        )
    }
}

extension VolumeError {
    fileprivate static func nameTaken(by group: VolumeGroup, to subject: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot \(subject): there is another group with this name",
            cause: "group \(group.id) has it"
                + (group.types.isEmpty ? "" : ", for volumes of type \(group.types.joined(separator: ", "))"),
            remedies: [.showGroup(group.name.description), .listGroups]
        )
    }
}

extension Event {
    /// The event of a change of a group.
    init(_ name: String, _ group: VolumeGroup, by scope: Scope) {
        var payload = EventPayload()
        (payload.tenantID, payload.userID) = (group.project, scope.user)
        (payload.groupID, payload.displayName) = (group.id.description, group.name.description)
        payload.createdAt = group.createdAt.formatted(.iso8601)
        self.init(
            at: Date(),
            name: name,
            project: group.project,
            user: scope.user,
            object: group.id.description,
            label: group.name.description,
            flow: nil,
            payload: payload
        )
    }
}
