internal import SQL
internal import SQLStore
internal import VolumeAPI

/// Every statement about QoS specs, and nothing else.
struct QoSTable {
    let connection: any SQLConnection

    static let schema = Schema(
        name: "qos",
        steps: [
            """
            CREATE TABLE qos (
                name TEXT PRIMARY KEY,
                consumer TEXT NOT NULL,
                specs TEXT NOT NULL
            ) STRICT;
            CREATE TABLE type_qos (type TEXT PRIMARY KEY, qos TEXT NOT NULL) STRICT;
            CREATE INDEX type_qos_by_qos ON type_qos (qos);
            """
        ]
    )

    /// Stores new QoS specs.
    ///
    /// - Returns: whether there were none of that name.
    func insert(_ qos: QoSSpecs) throws -> Bool {
        try connection.execute(
            "INSERT INTO qos (name, consumer, specs) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING",
            qos.name,
            qos.consumer.rawValue,
            StoredWords.text(qos.specs)
        ) == 1
    }

    func update(_ qos: QoSSpecs) throws {
        try connection.write(
            "UPDATE qos SET consumer = ?, specs = ? WHERE name = ?",
            qos.consumer.rawValue,
            StoredWords.text(qos.specs),
            qos.name
        )
    }

    func find(_ name: String) throws -> QoSSpecs? {
        let types = try connection.query("SELECT qos, type FROM type_qos WHERE qos = ?", name)
        return try connection.query("SELECT name, consumer, specs FROM qos WHERE name = ?", name)
            .first.map { try $0.decoded(of: "qos", name: 0) { try Self.qos($0, Self.types(types)) } }
    }

    /// All QoS specs, by their names.
    func list() throws -> [QoSSpecs] {
        let types = try Self.types(connection.query("SELECT qos, type FROM type_qos"))
        return try connection.query("SELECT name, consumer, specs FROM qos ORDER BY name")
            .map { try Self.qos($0, types) }
    }

    /// Removes QoS specs, to which no type refers then.
    func remove(_ name: String) throws {
        try connection.write("DELETE FROM type_qos WHERE qos = ?", name)
        try connection.write("DELETE FROM qos WHERE name = ?", name)
    }

    /// The name of the QoS specs to which a type refers.
    func name(ofType type: String) throws -> String? {
        try connection.query("SELECT qos FROM type_qos WHERE type = ?", type).first?(0)
    }

    func associate(_ name: String, withType type: String) throws {
        try connection.write(
            "INSERT INTO type_qos (type, qos) VALUES (?, ?) ON CONFLICT (type) DO UPDATE SET qos = excluded.qos",
            type,
            name
        )
    }

    /// - Parameters:
    ///   - name: the QoS specs; `nil` for any.
    ///   - type: the type; `nil` for all.
    func disassociate(_ name: String?, fromType type: String?) throws {
        try connection.write(
            "DELETE FROM type_qos WHERE qos = COALESCE(?, qos) AND type = COALESCE(?, type)",
            name,
            type
        )
    }

    private static func types(_ rows: [SQLRow]) throws -> [String: [String]] {
        try rows.reduce(into: [:]) { types, row in types[try row(0), default: []].append(try row(1)) }
            .mapValues { $0.sorted() }
    }

    private static func qos(_ row: SQLRow, _ types: [String: [String]]) throws -> QoSSpecs {
        let (name, word): (String, String) = (try row(0), try row(1))
        guard let consumer = QoSSpecs.Consumer(rawValue: word) else { throw row.mistake(in: 1, "is no consumer") }
        return QoSSpecs(
            name: name,
            consumer: consumer,
            specs: try StoredWords.read(row, 2),
            types: types[name] ?? []
        )
    }
}
