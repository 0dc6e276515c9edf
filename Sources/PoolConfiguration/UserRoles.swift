internal import Foundation
package import VolumeAPI

/// The user of the process, as the system knows it.
struct UserIdentity: Sendable {
    let id: uid_t
    let name: String
    /// The names and numbers of the user's groups.
    let groups: Set<String>

    /// The effective user of this process.
    static func current() -> UserIdentity {
        let count = max(0, getgroups(0, nil))
        var ids = [gid_t](repeating: 0, count: Int(count))
        ids = Array(ids.prefix(max(0, Int(getgroups(count, &ids))))) + [getegid()]
        return UserIdentity(id: geteuid(), name: Self.name(ofUser: geteuid()), in: ids)
    }

    /// A user of this host, in the groups that the system's databases know. Looking them up may wait.
    ///
    /// - Parameter group: the effective group of the user's process.
    init(_ id: uid_t, group: gid_t) {
        self.init(id: id, name: Self.name(ofUser: id), in: [group] + Self.groups(ofUser: id, group))
    }

    private init(id: uid_t, name: String?, in ids: [gid_t]) {
        let names = ids.compactMap { Self.name(ofGroup: $0) } + ids.map { "\($0)" }
        (self.id, self.name, groups) = (id, name ?? "\(id)", Set(names))
    }

    /// Whether a word of the configuration means the user: a name or a number, a group after `@`, or `*` for everybody.
    func matches(_ word: String) -> Bool {
        if word == "*" { return true }
        if word.hasPrefix("@") { return groups.contains(String(word.dropFirst())) }
        return word == name || word == "\(id)"
    }

    private static func name(ofUser id: uid_t) -> String? {
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.pw_name.map { String(cString: $0) }
    }

    private static func groups(ofUser id: uid_t, _ group: gid_t) -> [gid_t] {
        guard let name = name(ofUser: id) else { return [] }
        var (count, ids) = (Int32(64), [gid_t](repeating: 0, count: 64))
        // It tells how many there are if there is room for fewer.
        while getgrouplist(name, group, &ids, &count) < 0, Int(count) > ids.count {
            ids = [gid_t](repeating: 0, count: Int(count))
        }
        return Array(ids.prefix(Int(max(0, count))))
    }

    private static func name(ofGroup id: gid_t) -> String? {
        var (entry, found) = (group(), UnsafeMutablePointer<group>?.none)
        var buffer = [CChar](repeating: 0, count: 1 << 16)
        guard getgrgid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return entry.gr_name.map { String(cString: $0) }
    }
}

extension Policy {
    /// The policy that the section `policy` describes.
    init(_ reader: SettingsReader) async throws {
        self.init()
        for key in reader.names(under: ["policy", "rules"]) {
            let (name, place) = (key.joined(separator: "."), ["policy", "rules"] + key)
            guard let rule = Rule(rawValue: name) else {
                let meant = Spelling.nearest(to: name, among: Rule.allCases.map(\.rawValue))
                let rules = Rule.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.error(
                    place,
                    "there is no such rule" + (meant.map { ", did you mean '\($0)'?" } ?? "; the rules are \(rules)")
                )
            }
            let word = try await reader.string(place) ?? ""
            guard let role = Scope.Role(rawValue: word) else {
                let roles = Scope.Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.error(place, "'\(word)' is not a role; the roles are \(roles)")
            }
            roles[rule] = role
        }
    }
}

extension ServiceConfiguration {
    /// The scope of a user who calls this process by a socket. Looking the user up may wait.
    ///
    /// Root and the user of this process act in the configured project, with the roles that they have in it. Any other user acts
    /// in the project with the user's name, or number if the name is none of a project or the configured one, and
    /// has the roles of the policy's lists; without lists that of a member, since whoever may only call can't change the
    /// database by other means.
    ///
    /// - Parameter group: the effective group of the user's process.
    package func scope(ofUser id: UInt32, group: UInt32) -> Scope {
        let user = UserIdentity(id, group: group)
        let roles = roleLists.roles(of: user)
        guard id != 0, id != geteuid() else { return Scope(project: project, user: user.name, roles: roles) }
        let isName = user.name != project && (try? VolumeName(validating: user.name)) != nil
        return Scope(
            project: isName ? user.name : "\(id)",
            user: user.name,
            roles: roleLists.isEmpty ? [.reader, .member] : roles
        )
    }
}

/// The lists of users with each role.
struct RoleLists: Sendable {
    private static let keys: [(key: String, role: Scope.Role)] = [
        ("readers", .reader), ("members", .member), ("admins", .admin),
    ]

    /// The words of each list that is set, by its key.
    private(set) var words: [String: [String]] = [:]

    /// Whether no list is set.
    var isEmpty: Bool { words.isEmpty }

    init(_ reader: SettingsReader) async throws {
        for (key, _) in Self.keys { words[key] = try await reader.strings("policy", key) }
    }

    /// The roles of a user: those in whose lists the user is, or all if there is no list. Root has all.
    func roles(of user: UserIdentity) -> Set<Scope.Role> {
        guard !words.isEmpty, user.id != 0 else { return Set(Scope.Role.allCases) }
        return Set(Self.keys.filter { words[$0.key]?.contains(where: user.matches) == true }.map(\.role))
    }
}
