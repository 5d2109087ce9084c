// Functions that a bench runs by the thousand say nothing of their own: imported before whatever makes a logger.
process.env['POWERTOOLS_LOG_LEVEL'] ??= 'SILENT';
